import { afterAll, beforeAll, expect, test } from 'vitest'
import { type FlowdockApp, openFlowdockApp, quickTiming } from '../support/flowdock-app.ts'
import { createPerson } from '../support/polls.ts'

let app: FlowdockApp

beforeAll(async () => {
  app = await openFlowdockApp({ ...quickTiming, hold: { quietMs: 1_000, maxMs: 20_000 } })
})

afterAll(() => app.close())

test('options chosen one by one are one message, and so are changes of mind, however many', async () => {
  const paired = await app.pair()
  const ann = await createPerson(app.database)
  const options = Array.from({ length: 10 }, (_, place) => `Topping ${place}`)
  const poll = await app.newPoll(ann, { method: 'multiple_choice', options })
  const ids = poll.options.map(({ id }) => id)
  for (const count of ids.keys())
    await app.submit(poll, { by: ann, type: 'castVote', choices: ids.slice(0, count + 1) })
  await expect.poll(() => app.titles(paired), { timeout: 8_000 }).toHaveLength(2)
  expect(app.posted(paired).at(-1)?.body).toContain('The last of 10 changes')
  for (const place of [1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 2, 3]) {
    const choices = ids.slice(0, place)
    await app.submit(poll, { by: ann, type: 'castVote', choices })
  }
  await expect.poll(() => app.titles(paired), { timeout: 8_000 }).toHaveLength(3)
  expect(app.posted(paired).at(-1)?.body).toContain('The last of 12 changes')
  await app.submit(poll, { by: ann, type: 'comment', body: 'Done' })
  await expect
    .poll(() => app.titles(paired))
    .toEqual([expect.stringMatching('^asks'), ...Array(2).fill(expect.stringMatching('vote')), 'commented'])
})
