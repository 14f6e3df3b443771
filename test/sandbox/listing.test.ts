import { beforeEach, describe, expect, test } from 'vitest'
import { type Box, openSandbox, ticket } from './box.ts'

type Message = { id: number; event: string; content: unknown; tags: string[]; edited: number | null }

let box: Box

beforeEach(async () => {
  box = await openSandbox()
})

const url = '/flows/acme/main/messages'
const say = (content: string, tags: string[] = [], by: 'maija' | 'ben' = 'maija') =>
  box.as(by)('POST', url, { event: 'message', content, tags })
const listed = async (query: string) => (await box.as('ben')<Message[]>('GET', `${url}?${query}`)).body
const ids = async (query: string) => (await listed(query)).map(({ id }) => id)

describe('listing messages', () => {
  test('shows the newest 30, oldest first', async () => {
    for (let i = 1; i <= 31; i++) await say(`No. ${i}`)
    expect(await ids('')).toEqual(Array.from({ length: 30 }, (_, i) => i + 2))
  })

  test('pages in either direction', async () => {
    for (const content of ['one', 'two', 'three', 'four', 'five']) await say(content)
    expect(await ids('limit=2')).toEqual([4, 5])
    expect(await ids('limit=2&sort=asc')).toEqual([1, 2])
    expect(await ids('limit=2&until_id=4')).toEqual([2, 3])
    expect(await ids('limit=2&since_id=2&sort=asc')).toEqual([3, 4])
    expect(await ids('since_id=1&until_id=4')).toEqual([2, 3])
  })

  test('filters by events', async () => {
    await say('one')
    await box.call('POST', '/messages', { ...ticket, flow_token: box.connect().flowToken })
    await box.as('ben')('POST', `${url}/1/comments`, { content: 'two' })
    expect(await ids('event=activity')).toEqual([2])
    expect(await ids('event=message,comment')).toEqual([1, 3])
    expect(await ids('event=')).toEqual([1, 2, 3])
  })

  test('filters by tags', async () => {
    await say('one', ['red'])
    await say('two', ['Red', 'blue'])
    await say('three @ben')
    expect(await ids('tags=red')).toEqual([1, 2])
    expect(await ids('tags=%23red,blue')).toEqual([2])
    expect(await ids('tags=blue,@Ben&tag_mode=or')).toEqual([2, 3])
    expect(await ids('tags=:user:2')).toEqual([3])
    expect(await ids('tags=@nobody')).toEqual([])
  })

  test('searches for all words, anywhere in the flow', async () => {
    await say('The flux capacitor')
    await say('Polish the capacitor')
    await box.call('POST', '/messages', {
      ...ticket,
      title: 'fluxed the CAPACITOR',
      flow_token: box.connect().flowToken,
    })
    expect(await ids('search=capacitor+flux')).toEqual([1, 3])
    expect(await ids('search=capacitor&limit=1')).toEqual([3])
    expect(await ids('search=capacitor&limit=1&skip=1&since_id=2')).toEqual([2])
  })

  test('refuses unknown parameters', async () => {
    const { status, body } = await box.as('ben')('GET', `${url}?limit=101&sort=up&since_id=x`)
    expect([status, body.errors]).toEqual([
      400,
      { limit: ['is invalid'], sort: ['is not included in the list'], since_id: ['is invalid'] },
    ])
  })
})

describe('one message', () => {
  test('is shown, or not found', async () => {
    await say('one')
    expect((await box.as('ben')('GET', `${url}/1`)).body).toMatchObject({ id: 1, content: 'one' })
    for (const id of ['2', '0', 'x', '1.5', '%00'])
      expect((await box.as('ben')('GET', `${url}/${id}`)).status).toBe(404)
  })

  test('can be changed by its author, and a message reports it', async () => {
    await say('one')
    expect(await box.as('maija')('PUT', `${url}/1`, { content: 'won' })).toMatchObject({ status: 200, body: {} })
    const [message, edit] = await listed('')
    expect(message).toMatchObject({ id: 1, content: 'won', edited: expect.any(Number) })
    expect(edit).toMatchObject({ event: 'message-edit', app: null, content: { message: 1, updated_content: 'won' } })
    expect((await box.as('ben')('PUT', `${url}/1`, { content: 'one' })).status).toBe(403)
  })

  test('can be tagged by anybody, and a message reports the difference', async () => {
    await say('one', ['red', 'blue'])
    await box.as('ben')('PUT', `${url}/1`, { tags: ['blue', '#green'] })
    const [message, change] = await listed('')
    expect(message).toMatchObject({ tags: ['blue', 'green'], edited: null })
    expect(change).toMatchObject({ event: 'tag-change', content: { message: 1, add: ['green'], remove: ['red'] } })
  })

  test('of a source can be deleted, and its thread counts one less', async () => {
    const flow_token = box.connect().flowToken
    await box.call('POST', '/messages', { ...ticket, flow_token })
    await box.call('POST', '/messages', { ...ticket, flow_token })
    expect((await box.as('ben')('DELETE', `${url}/2`)).status).toBe(204)
    expect((await box.as('ben')('GET', `${url}/2`)).status).toBe(404)
    const { body } = await box.as('ben')<object[]>('GET', '/flows/acme/main/threads')
    expect(body).toMatchObject([{ activities: 1 }])
  })

  test('of a person can be emptied by its author', async () => {
    await say('one #red')
    expect((await box.as('ben')('DELETE', `${url}/1`)).status).toBe(403)
    expect((await box.as('maija')('DELETE', `${url}/1`)).status).toBe(200)
    expect(await listed('')).toMatchObject([{ id: 1, content: '', tags: [] }])
  })
})

test('the oldest messages and threads are deleted over the limit of their texts', async () => {
  box = await openSandbox({ limits: { messageText: 20_000, threadText: 20_000 } })
  const flow_token = box.connect().flowToken
  const body = 'x'.repeat(8_000)
  for (const external_thread_id of ['1', '2', '3', '1']) {
    const thread = { title: 'Long', body }
    await box.call('POST', '/messages', { ...ticket, flow_token, external_thread_id, body, thread })
  }
  expect(await ids('')).toEqual([3, 4])
  const [main] = box.world.flows
  expect(main?.threads.list().map(({ externalId }) => externalId)).toEqual(['1', '3'])
  await say('short')
  await box.as('maija')('PUT', `${url}/5`, { content: body })
  // The edited line and the message about it are long, too.
  expect(await ids('')).toEqual([5, 6])
  await box.as('maija')('DELETE', `${url}/5`)
  await say(body)
  expect(await ids('')).toEqual([5, 6, 7])
})

test('what senders add to actions counts towards the limit, whatever they call it', async () => {
  box = await openSandbox({ limits: { threadText: 20_000 } })
  const flow_token = box.connect().flowToken
  const action = { '@type': 'ViewAction', name: 'Look', url: 'https://tickets.example/1', user: 'x'.repeat(8_000) }
  for (const external_thread_id of ['1', '2', '3']) {
    const thread = { title: 'Long', actions: [action] }
    await box.call('POST', '/messages', { ...ticket, flow_token, external_thread_id, thread })
  }
  const [main] = box.world.flows
  expect(main?.threads.list().map(({ externalId }) => externalId)).toEqual(['3', '2'])
})

test('one message stays, whatever its length', async () => {
  box = await openSandbox({ limits: { messageText: 100 } })
  await say('x'.repeat(1_000))
  await say('y'.repeat(1_000))
  expect(await ids('')).toEqual([2])
})

test('the oldest messages and threads are deleted over the limit', async () => {
  box = await openSandbox({ limits: { messages: 3, threads: 2 } })
  const flow_token = box.connect().flowToken
  for (const external_thread_id of ['1', '2', '1', '3']) {
    await box.call('POST', '/messages', { ...ticket, flow_token, external_thread_id })
  }
  expect(await ids('')).toEqual([2, 3, 4])
  const [main] = box.world.flows
  expect(main?.threads.list().map(({ externalId }) => externalId)).toEqual(['3', '1'])
  const { body } = await box.as('ben')('GET', `${url}/2`)
  expect(body).not.toHaveProperty('thread')
})
