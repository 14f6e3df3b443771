import { createRequire } from 'node:module'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { type Box, openSandbox, ticket, waiting } from './box.ts'

/*
 * The package `flowdock` as it was last published, unchanged. It takes the address of the API from its constructor, that
 * of the streams from the environment.
 */

type Callback = (error: Error | null, body: unknown, response: { statusCode: number }) => void
type Flow = { id: string; parameterized_name: string; users: object[] }
type Stream = {
  once(event: string, listener: () => void): void
  on(event: string, listener: (message: Record<string, unknown>) => void): void
  end(): void
}
type Session = {
  on(event: 'error', listener: (error: Error) => void): void
  flows(callback: Callback): void
  message(flow: string, content: string, tags: string[], callback: Callback): void
  threadMessage(flow: string, thread: string, content: string, tags: string[], callback: Callback): void
  comment(flow: string, parent: number, content: string, tags: string[], callback: Callback): void
  status(flow: string, status: string, callback: Callback): void
  privateMessage(user: number, content: string, tags: string[], callback: Callback): void
  invite(flow: string, organization: string, email: string, message: string, callback: Callback): void
  post(path: string, data: object, callback: Callback): void
  put(path: string, data: object, callback: Callback): void
  editMessage(flow: string, organization: string, message: number, data: object, callback: Callback): void
  get(path: string, query: object, callback: Callback): void
  delete(path: string, callback: Callback): void
  stream(flows: string | string[], options?: object): Stream
}

const flowdock: { Session: new (email: string, password: string, url: string) => Session } = createRequire(
  import.meta.url,
)('flowdock')

let box: Box
let session: Session
let main: string

beforeEach(async () => {
  box = await openSandbox()
  vi.stubEnv('FLOWDOCK_STREAM_URL', `${box.url}/flows`)
  session = new flowdock.Session('maija@acme.example', 'maija-sandbox-password', box.url)
  session.on('error', () => {})
  main = box.world.flows[0]?.id ?? ''
})

afterEach(() => vi.unstubAllEnvs())

function answer<Body>(send: (callback: Callback) => void): Promise<{ status: number; body: Body }> {
  return new Promise((resolve, reject) => {
    send((error, body, response) =>
      error ? reject(error) : resolve({ status: response.statusCode, body: body as Body }),
    )
  })
}

/** The contents and events of the messages in the flow. */
const said = () =>
  box.world.flows[0]?.messages.list().map((message) => ('content' in message ? message.content : message.event))

test('lists flows with their people', async () => {
  const { body } = await answer<Flow[]>((done) => session.flows(done))
  expect(body.map(({ parameterized_name: name, users }) => [name, users.length])).toEqual([
    ['main', 4],
    ['lunch-club', 3],
  ])
})

test('sends chat lines, with tags', async () => {
  const { status } = await answer((done) => session.message(main, 'Howdy', ['todo'], done))
  expect(status).toBe(202)
  expect(box.world.flows[0]?.messages.list()).toMatchObject([
    { content: 'Howdy', tags: ['todo'], user: { nick: 'Maija' } },
  ])
})

test('comments, edits and deletes', async () => {
  await answer((done) => session.message(main, 'Howdy', [], done))
  await answer((done) => session.comment(main, 1, 'Howdy to you', [], done))
  await answer((done) => session.editMessage('main', 'acme', 1, { content: 'Hello' }, done))
  expect(said()?.slice(0, 2)).toEqual(['Hello', { title: 'Howdy', text: 'Howdy to you' }])
  await answer((done) => session.delete('/flows/acme/main/messages/1', done))
  expect(said()?.[0]).toBe('')
})

test('writes to a thread and reads it', async () => {
  const message = { ...ticket, flow_token: box.connect().flowToken }
  const { body: posted } = await box.call<{ thread_id: string }>('POST', '/messages', message, waiting)
  await answer((done) => session.threadMessage(main, posted.thread_id, 'On it', [], done))
  const url = `/flows/acme/main/threads/${posted.thread_id}`
  expect((await answer((done) => session.get(url, {}, done))).body).toMatchObject({
    ...ticket.thread,
    internal_comments: 1,
  })
  const { body } = await answer<object[]>((done) => session.get(`${url}/messages`, { limit: 1 }, done))
  expect(body).toMatchObject([{ event: 'message', content: 'On it' }])
})

test('sets a status', async () => {
  await answer((done) => session.status(main, 'Out for lunch', done))
  const { body } = await answer<{ users: object[] }>((done) => session.get('/flows/acme/main', {}, done))
  expect(body.users[0]).toMatchObject({ status: 'Out for lunch' })
})

test('writes privately, and hears what others write', async () => {
  const stream = session.stream([], { user: 1 })
  const ended = new Promise<void>((resolve) => stream.once('disconnected', () => resolve(stream.end())))
  const heard: Record<string, unknown>[] = []
  stream.on('message', (message) => heard.push(message))
  await new Promise<void>((resolve) => stream.on('connected', () => resolve()))
  const { status, body } = await answer((done) => session.privateMessage(2, 'Howdy', [], done))
  expect([status, body]).toEqual([200, {}])
  await box.as('ben')('POST', '/private/1/messages', { event: 'message', content: 'Howdy to you' })
  await expect.poll(() => heard).toMatchObject([{ event: 'message', content: 'Howdy to you', user: '2', to: '1' }])
  await box.app.close()
  await ended
})

test('invites, and creates a flow', async () => {
  const { status, body } = await answer((done) => session.invite('main', 'acme', 'joe@example.com', 'Join us', done))
  expect([status, body]).toMatchObject([201, { state: 'pending', email: 'joe@example.com' }])
  const created = await answer((done) => session.post('/flows/acme', { name: 'My flow' }, done))
  expect(created.body).toMatchObject({ parameterized_name: 'my-flow' })
  const changed = await answer((done) => session.put('/flows/acme/my-flow', { open: false }, done))
  expect(changed.body).toMatchObject({ open: false, joined: true })
})

test('shows its user as active', async () => {
  const stream = session.stream(main, { active: 'idle' })
  const ended = new Promise<void>((resolve) => stream.once('disconnected', () => resolve(stream.end())))
  await new Promise<void>((resolve) => stream.on('connected', () => resolve()))
  const seen = async () => {
    const { body } = await box.as('ben')<{ users: { id: number; last_ping: number | null }[] }>(
      'GET',
      '/flows/acme/main',
    )
    return body.users.find(({ id }) => id === 1)?.last_ping
  }
  await expect.poll(seen).toEqual(expect.any(Number))
  await box.app.close()
  await ended
})

test('reports refusals', async () => {
  await expect(answer((done) => session.message('none', 'Howdy', [], done))).rejects.toThrow('Received status 404')
})

test('streams events of several flows', async () => {
  const stream = session.stream(['acme/main', 'acme/lunch-club'])
  const ended = new Promise<void>((resolve) => stream.once('disconnected', () => resolve(stream.end())))
  const messages: Record<string, unknown>[] = []
  stream.on('message', (message) => messages.push(message))
  await new Promise<void>((resolve) => stream.on('connected', () => resolve()))
  await answer((done) => session.message(main, 'Howdy', [], done))
  await box.call('POST', '/messages', { ...ticket, flow_token: box.connect().flowToken })
  await answer((done) => session.message(box.world.flows[1]?.id ?? '', 'Lunch?', [], done))
  await expect
    .poll(() => messages)
    .toMatchObject([
      { event: 'message', content: 'Howdy', user: '1' },
      { event: 'activity', title: ticket.title, thread: { title: ticket.thread.title } },
      { event: 'message', content: 'Lunch?' },
    ])
  // The client's `end` leaves an uncaught error; when the server ends the stream, there is no error.
  await box.app.close()
  await ended
})
