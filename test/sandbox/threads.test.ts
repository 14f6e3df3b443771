import { beforeEach, expect, test } from 'vitest'
import { TestClock } from '../support/clock.ts'
import { type Box, openSandbox, ticket, waiting } from './box.ts'

type Thread = { id: string; title: string }

let box: Box
let clock: TestClock
let token: string

beforeEach(async () => {
  clock = new TestClock()
  box = await openSandbox({ clock: clock.now })
  token = box.connect().flowToken
})

const url = '/flows/acme/main/threads'
const list = (query = '') => box.as('ben')<Thread[]>('GET', `${url}${query}`)
const titles = async (query = '') => (await list(query)).body.map(({ title }) => title)

async function post(name: string): Promise<string> {
  const message = { ...ticket, flow_token: token, external_thread_id: name, thread: { title: name } }
  const { body } = await box.call<{ thread_id: string }>('POST', '/messages', message, waiting)
  clock.advance(1_000)
  return body.thread_id
}

test('the thread updated last comes first', async () => {
  for (const name of ['one', 'two', 'one']) await post(name)
  expect(await titles()).toEqual(['one', 'two'])
})

test('a list can be limited to a time', async () => {
  for (const name of ['one', 'two', 'three']) await post(name)
  expect(await titles('?until=2026-03-14T09:26:55Z')).toEqual(['two', 'one'])
  expect(await titles('?since=2026-03-14T09:26:54.589Z')).toEqual(['three'])
  expect((await list('?since=yesterday')).status).toBe(400)
})

test('a list can be limited to an application', async () => {
  await post('one')
  expect(await titles('?application=1')).toEqual(['one'])
  expect(await titles('?application=inbox')).toEqual(['one'])
  expect(await titles('?application=chat')).toEqual([])
})

test('threads without messages are listed on request only', async () => {
  await post('one')
  await box.as('ben')('DELETE', '/flows/acme/main/messages/1')
  expect(await titles()).toEqual([])
  expect(await titles('?empty=1')).toEqual(['one'])
})

test('a long list has a link to the next page', async () => {
  for (let i = 1; i <= 101; i++) await post(`No. ${i}`)
  const { body, headers } = await list()
  expect([body.length, body[99]?.title]).toEqual([100, 'No. 2'])
  const next = /<(.*)>; rel="next"/.exec(headers.get('link') ?? '')?.[1]
  expect(await titles(new URL(next ?? '').search)).toEqual(['No. 1'])
})

test('a page with several updates at the same time is complete', async () => {
  for (let i = 1; i <= 102; i++) {
    await post(`No. ${i}`)
    if (i <= 2) clock.advance(-1_000)
  }
  const { body, headers } = await list()
  expect([body.length, headers.get('link')]).toEqual([102, null])
})

test('a thread has its start and the time of its last activity', async () => {
  const id = await post('one')
  await post('one')
  const { body } = await box.as('ben')('GET', `${url}/${id}`)
  expect(body).toMatchObject({
    ...{ id, title: 'one', activities: 2 },
    ...{ created_at: '2026-03-14T09:26:53.589Z', updated_at: '2026-03-14T09:26:54.589Z' },
  })
})

test('a thread lists its messages', async () => {
  const id = await post('one')
  await post('two')
  await box.as('ben')('POST', `${url}/${id}/messages`, { event: 'message', content: 'Hi' })
  const { body } = await box.as('ben')<{ id: number }[]>('GET', `${url}/${id}/messages`)
  expect(body.map(({ id }) => id)).toEqual([1, 3])
  const chat = await box.as('ben')<{ id: number }[]>('GET', `${url}/${id}/messages?event=message`)
  expect(chat.body.map(({ id }) => id)).toEqual([3])
})

test('a missing thread is not found', async () => {
  expect((await box.as('ben')('GET', `${url}/nowhere`)).status).toBe(404)
  expect((await box.as('ben')('GET', `${url}/nowhere/messages`)).status).toBe(404)
})
