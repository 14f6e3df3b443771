import { afterEach, beforeEach, expect, test } from 'vitest'
import { openTestApp, type TestApp } from '../support/app.ts'
import type { Browser } from '../support/browser.ts'
import { openStream } from '../support/event-stream.ts'
import { createPoll, type PagePoll, page, visitor } from '../support/pages.ts'

let testApp: TestApp
let ann: Browser
let poll: PagePoll
let url: string

beforeEach(async () => {
  testApp = await openTestApp()
  ann = await visitor(testApp, 'Ann')
  poll = await createPoll(ann)
  url = `${await testApp.listen()}/polls/${poll.id}/stream`
})

afterEach(() => testApp.close())

const vote = (choice: number) => ann.post(`${poll.path}/ballot`, { choice: poll.options[choice] ?? '' })

test('a viewer gets a vote with the results', async () => {
  const stream = await openStream(`${url}?since=1`)
  await vote(0)
  const { id, event, data } = await stream.next()
  expect([id, event]).toEqual(['2', 'poll'])
  expect(data).toMatchObject({ revision: 2, status: 'open', comments: 0 })
  expect(data.results).toContain('<strong>100%</strong>')
  expect(data.activity).toContain('voted for')
  stream.close()
})

test('an entry of the activity keeps its id when it grows, so an open page replaces it', async () => {
  const stream = await openStream(`${url}?since=1`)
  await vote(0)
  const { data: first } = await stream.next()
  await vote(1)
  const { data: next } = await stream.next()
  expect(first.activity).toContain('id="event-2"')
  expect(next.activity).toContain('id="event-2"')
  expect(next.activity).toContain('The last of 2 changes')
  expect(next.activity).not.toContain('created the poll')
  stream.close()
})

test('closing a poll with hidden results shows who voted for what', async () => {
  const hidden = await createPoll(ann, { resultsVisible: 'after_closing' })
  await ann.post(`${hidden.path}/ballot`, { choice: hidden.options[0] ?? '' })
  const stream = await openStream(`${url.replace(poll.id, hidden.id)}?since=1`)
  const { data: open } = await stream.next()
  expect(open.activity).toContain('voted')
  expect(open.activity).not.toContain('voted for')
  expect(open.revealedActivity).toBeUndefined()
  await ann.post(`${hidden.path}/close`)
  const { data: closed } = await stream.next()
  expect(closed.revealedActivity).toContain('voted for')
  stream.close()
})

test('a viewer gets the window title of the page, also for right-to-left text', async () => {
  const adlam = '\u{1E900}\u{1E901} 12'
  const { id, path, options } = await createPoll(ann, { title: adlam })
  await ann.get(path)
  const inPage = page(ann).querySelector('title')?.textContent
  const stream = await openStream(`${url.replace(poll.id, id)}?since=1`)
  await ann.post(`${path}/ballot`, { choice: options[0] ?? '' })
  const { data } = await stream.next()
  expect(inPage).toBe(`\u2068${adlam}\u2069 · Polldock`)
  expect(`${data.windowTitle} · Polldock`).toBe(inPage)
  stream.close()
})

test('a returning viewer gets the missed events once', async () => {
  await vote(0)
  await ann.post(`${poll.path}/comments`, { body: 'Meanwhile' })
  const stream = await openStream(`${url}?since=1`, { 'last-event-id': '2' })
  const { data } = await stream.next()
  expect(data.revision).toBe(3)
  expect(data.newComments).toContain('Meanwhile')
  expect(data.activity).not.toContain('voted for')
  stream.close()
})

test('the common part of a stream does not show who chose what', async () => {
  await vote(0)
  const stream = await openStream(`${url}?since=1`)
  const { data } = await stream.next()
  expect(data.results).not.toContain('data-mine')
  stream.close()
})

test('a viewer gets their own vote from another page', async () => {
  const cookie = `polldock=${ann.cookies.get('polldock')}`
  const mine = await openStream(`${url}?since=1`, { cookie })
  await vote(1)
  // A new viewer may get their own ballot first.
  const heard = [await mine.next(), await mine.next()]
  expect(heard.map(({ event }) => event).sort()).toEqual(['ballot', 'poll'])
  expect(heard.find(({ event }) => event === 'ballot')?.data).toEqual({ choices: [poll.options[1]] })
  mine.close()
})

test('a deleted poll sends its status', async () => {
  const stream = await openStream(`${url}?since=0`)
  await stream.next()
  await ann.post(`${poll.path}/delete`)
  expect((await stream.next()).data.status).toBe('deleted')
  stream.close()
})

test('the stream of a missing poll is a 404', async () => {
  const { status } = await fetch(url.replace(poll.id, 'a'.repeat(16)))
  expect(status).toBe(404)
})

test('closing the app ends the streams', async () => {
  const stream = await openStream(`${url}?since=1`)
  await testApp.app.close()
  await expect(stream.next()).rejects.toThrow('The stream has ended.')
})
