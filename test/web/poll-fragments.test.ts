import { afterEach, expect, test, vi } from 'vitest'
import { openTestApp } from '../support/app.ts'
import { closedAtEnd } from '../support/at-end.ts'
import { createPoll, visitor } from '../support/pages.ts'

const testApp = await closedAtEnd(openTestApp())
const ann = await visitor(testApp, 'Ann')

afterEach(() => vi.restoreAllMocks())
test('many simultaneous views after a vote render each part once', async () => {
  const poll = await createPoll(ann)
  await ann.post(`${poll.path}/ballot`, { choice: poll.options[0] ?? '' })
  await ann.post(`${poll.path}/comments`, { body: 'Hungry!' })
  const view = vi.spyOn(testApp.app, 'view')
  const pages = await Promise.all(Array.from({ length: 30 }, () => testApp.browser().get(poll.path)))
  expect(new Set(pages.map(({ statusCode }) => statusCode))).toEqual(new Set([200]))
  const rendered = Map.groupBy(view.mock.calls, ([part]) => part)
  expect(Object.fromEntries([...rendered].map(([part, calls]) => [part, calls.length]))).toEqual({
    'parts/poll/head': 1,
    'parts/poll/result-links': 1,
    'parts/poll/results': 1,
    'parts/poll/voters': 1,
    'parts/text': 1,
    'parts/discussion/comments': 1,
    // One for each of the events: created, voted and commented.
    'parts/discussion/activity': 3,
  })
})

test('a part that failed to render is rendered on the next request', async () => {
  const poll = await createPoll(ann)
  await ann.post(`${poll.path}/ballot`, { choice: poll.options[0] ?? '' })
  vi.spyOn(testApp.app, 'view').mockRejectedValueOnce(new Error('The template broke.'))
  expect((await ann.get(poll.path)).statusCode).toBe(500)
  expect((await ann.get(poll.path)).statusCode).toBe(200)
})
