import { expect, onTestFinished, test, vi } from 'vitest'
import type { MatrixChat } from '../../../src/chat/matrix/matrix-chat.ts'
import { openTestApp } from '../../support/app.ts'
import { closedAtEnd } from '../../support/at-end.ts'
import { Log, warn } from '../../support/log.ts'
import { startMatrix } from '../../support/matrix.ts'
import { matrixEnvironment } from '../../support/matrix-rooms.ts'

const log = new Log()
const server = await closedAtEnd(startMatrix())
const app = await closedAtEnd(openTestApp({ env: { ...matrixEnvironment(server), LOG_LEVEL: 'warn' }, log }))

let transactions = 100
let events = 0

type Sent = { token?: string; id?: string | number; body?: unknown }

async function push({ token = 'hs-secret', id = ++transactions, body }: Sent) {
  const headers = { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) }
  const payload = typeof body === 'string' ? body : JSON.stringify(body)
  return app.app.inject({ method: 'PUT', url: `/_matrix/app/v1/transactions/${id}`, headers, payload })
}

const line = (fields: object = {}, content: object = {}) => ({
  ...{ event_id: `$event${++events}`, room_id: '!room:chat.test', sender: '@ann:chat.test', type: 'm.room.message' },
  ...{ origin_server_ts: Date.now(), unsigned: { age: 3 } },
  content: {
    ...{ msgtype: 'm.text', body: 'Hello', 'm.relates_to': { rel_type: 'm.thread', event_id: '$root' } },
    ...content,
  },
  ...fields,
})

const stored = (ids: (string | undefined)[]) =>
  app.database.prisma.inboxMessage.count({ where: { id: { in: ids.map(String) } } })

test('a transaction is stored and answered with an empty object', async () => {
  const [one, two] = [line(), line()]
  const answer = await push({ body: { events: [one, two] } })
  expect([answer.statusCode, answer.json()]).toEqual([200, {}])
  expect(await stored([one.event_id, two.event_id])).toBe(2)
})

test('a transaction that is repeated, with other events in front, is stored once', async () => {
  const event = line()
  for (const id of [7, 7, 8]) expect((await push({ id, body: { events: [event] } })).statusCode).toBe(200)
  expect(await stored([event.event_id])).toBe(1)
})

test.each([
  ['no token', ''],
  ['the token for the other direction', 'as-secret'],
  ['a token that only begins like it', 'hs-secre'],
])('with %s nothing is stored', async (_what, token) => {
  const event = line()
  const answer = await push({ token, body: { events: [event] } })
  expect([answer.statusCode, answer.json().errcode]).toEqual([403, 'M_FORBIDDEN'])
  expect(await stored([event.event_id])).toBe(0)
})

test('what a homeserver may send is never refused: the rest of the transaction is stored', async () => {
  const good = line()
  const odd = [
    line({ type: 'org.example.unknown', content: { deep: [{ er: null }] } }),
    line({ event_id: 7 }),
    line({ content: null }),
    line({}, { body: 'nothing \u0000 and half \ud83d' }),
    line({ sender: '@Ünü sual:other.example' }),
    line({ sender: '@half\ud83d:other.example' }),
    line({ event_id: '$half\ud83d' }),
    line({ room_id: '!half\ud83d:chat.test' }),
    ...Object.getOwnPropertyNames(Object.prototype).flatMap((name) => [
      line({ type: name }),
      line({}, { msgtype: name, 'm.relates_to': { rel_type: name, event_id: '$root' } }),
    ]),
    line({ origin_server_ts: Number.MAX_SAFE_INTEGER }),
    line({ unsigned: { redacted_because: {} }, content: {} }),
    { ...line(), new_field: 'x' },
    null,
    'text',
    [],
  ]
  const lines = await log.during(async () => {
    const answer = await push({ body: { events: [...odd, good], 'de.sorunome.msc2409.ephemeral': [{}] } })
    expect(answer.statusCode).toBe(200)
  }, warn)
  expect(await stored([good.event_id])).toBe(1)
  expect(lines.map(({ msg }) => msg)).toContain('A malformed event from the homeserver was set aside')
  expect(JSON.stringify(lines)).not.toContain('Hello')
})

test('an event is set aside if reading it fails in a way that nobody foresaw', async () => {
  const { users } = app.services.chats.get('matrix') as MatrixChat
  const [bad, good] = [line({ sender: '@eve:chat.test' }), line()]
  vi.spyOn(users, 'isOurs').mockImplementation((account) => {
    if (account.startsWith('@eve')) throw new TypeError('Not foreseen')
    return false
  })
  onTestFinished(() => void vi.restoreAllMocks())
  expect((await push({ body: { events: [bad, good] } })).statusCode).toBe(200)
  expect(await stored([bad.event_id, good.event_id])).toBe(1)
})

test('a hundred events of 64 kB are one transaction', async () => {
  const many = Array.from({ length: 100 }, () => line({}, { body: 'x'.repeat(64_000) }))
  expect((await push({ body: { events: many } })).statusCode).toBe(200)
  expect(await stored(many.map(({ event_id }) => event_id))).toBe(100)
})

test('what is no transaction is refused in the form of the protocol', async () => {
  for (const body of ['{', '{"events": 7}', '[]', '']) {
    const answer = await push({ body })
    expect([answer.statusCode, answer.json()]).toEqual([400, { errcode: 'M_BAD_JSON', error: expect.any(String) }])
  }
})

test('a ping is answered, and users and rooms are not made on demand', async () => {
  const headers = { authorization: 'Bearer hs-secret', 'content-type': 'application/json' }
  const ping = await app.app.inject({
    ...{ method: 'POST', url: '/_matrix/app/v1/ping', headers },
    payload: { transaction_id: 'x' },
  })
  expect([ping.statusCode, ping.json()]).toEqual([200, {}])
  for (const url of ['/_matrix/app/v1/users/%40ann%3Achat.test', '/_matrix/app/v1/rooms/%23polls%3Achat.test']) {
    const answer = await app.app.inject({ method: 'GET', url, headers })
    expect([answer.statusCode, answer.json().errcode]).toEqual([404, 'M_NOT_FOUND'])
    expect((await app.app.inject({ method: 'GET', url })).statusCode).toBe(403)
  }
  const unknown = await app.app.inject({ method: 'GET', url: '/_matrix/app/v1/other', headers })
  expect([unknown.statusCode, unknown.json().errcode]).toEqual([404, 'M_UNRECOGNIZED'])
})

async function pushWhile(error: Error) {
  vi.spyOn(app.services.inbox, 'receive').mockRejectedValue(error)
  onTestFinished(() => void vi.restoreAllMocks())
  return push({ body: { events: [line()] } })
}

test('while the database cannot be reached, the homeserver is asked to repeat', async () => {
  const answer = await pushWhile(Object.assign(new Error('gone'), { code: 'P1001' }))
  expect([answer.statusCode, answer.headers['retry-after']]).toEqual([503, '2'])
})

test('an answer 500 does not say what went wrong inside', async () => {
  const answer = await pushWhile(new Error('secret detail'))
  expect(answer.statusCode).toBe(500)
  expect(answer.json()).toEqual({ errcode: 'M_UNKNOWN', error: 'Polldock failed. The error was logged.' })
})
