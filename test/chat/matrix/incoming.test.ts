import { describe, expect, test } from 'vitest'
import { ZodError } from 'zod'
import { pushedMessage } from '../../../src/chat/matrix/receiving/incoming.ts'

const bot = '@polldock:chat.test'
const ours = { bot, isOurs: (account: string) => /^@polldock(_.*)?:chat\.test$/.test(account) }

const event = (fields: object) => ({
  ...{ event_id: '$event', room_id: '!room:chat.test', sender: '@ann:chat.test', type: 'm.room.message' },
  ...{ origin_server_ts: 1_800_000_000_000, content: {} },
  ...fields,
})
const message = (content: object, fields: object = {}) =>
  event({ content: { msgtype: 'm.text', body: 'Hello', ...content }, ...fields })
const inThread = { 'm.relates_to': { rel_type: 'm.thread', event_id: '$root', is_falling_back: true } }
const response = 'org.matrix.msc3381.poll.response'
const end = 'org.matrix.msc3381.poll.end'
const start = 'org.matrix.msc3381.poll.start'
const vote = (answers: unknown, type = response) => ({
  type,
  content: { [type]: { answers }, 'm.relates_to': { rel_type: 'm.reference', event_id: '$poll' } },
})
const content = (given: object) => pushedMessage(given, ours)?.content

test('a message in a thread keeps its text, its author and its root', () => {
  expect(pushedMessage(message(inThread), ours)).toEqual({
    id: '$event',
    room: '!room:chat.test',
    topic: null,
    sentAt: new Date(1_800_000_000_000),
    content: { type: 'message', account: '@ann:chat.test', text: 'Hello', thread: '$root' },
  })
})

test('a reply of a client without threads leads to the message that it answers, without the quote', () => {
  const reply = { 'm.relates_to': { 'm.in_reply_to': { event_id: '$root' } } }
  const body = '> <@polldock:chat.test> Lunch?\n> Pizza\n\nI bring salad\n> really'
  expect(content(message({ ...reply, body }))).toMatchObject({ replyTo: '$root', text: 'I bring salad\n> really' })
  expect(content(message({ ...inThread, body: '> my own quote\nindeed' }))).toMatchObject({
    text: '> my own quote\nindeed',
  })
})

test.each([
  ['a message outside of threads', message({})],
  ['a notice, as programs write it', message({ ...inThread, msgtype: 'm.notice' })],
  ['a message of the bot', message(inThread, { sender: bot })],
  ['a message of a ghost', message(inThread, { sender: '@polldock_ann:chat.test' })],
  ['a redacted message', event({ content: {} })],
  ['a message without a text', message({ ...inThread, body: 7 })],
  [
    'a message that the room does not have',
    message(inThread, { unsigned: { 'io.element.synapse.soft_failed': true } }),
  ],
  ['a reaction', event({ type: 'm.reaction', content: inThread })],
  ['a vote without its poll', event({ type: response, content: { [response]: { answers: ['a'] } } })],
  ['a vote of a ghost', event({ ...vote(['a']), sender: '@polldock_ann:chat.test' })],
  ['a vote that is redacted', event({ type: response })],
  ['a native poll of the bot', event({ type: start, sender: bot, content: { [start]: {} } })],
  ['a native poll that is redacted', event({ type: start })],
  [
    'a native poll of another Polldock',
    event({ type: start, content: { [start]: {}, 'io.polldock.message': '$root' } }),
  ],
  [
    'the edit of a native poll',
    event({ type: start, content: { [start]: {}, 'm.relates_to': { rel_type: 'm.replace', event_id: '$first' } } }),
  ],
  ['an unknown type', event({ type: 'org.example.new', content: { anything: [] } })],
  ['another member', event({ type: 'm.room.member', state_key: '@ben:chat.test', content: { membership: 'leave' } })],
  ['the own join', event({ type: 'm.room.member', state_key: bot, sender: bot, content: { membership: 'join' } })],
  ['an own redaction', event({ type: 'm.room.redaction', sender: bot, redacts: '$x' })],
  ['a tombstone without a new room', event({ type: 'm.room.tombstone', state_key: '', content: {} })],
])('%s is not kept', (_what, given) => {
  expect(pushedMessage(given, ours)).toBeUndefined()
})

test.each([
  ['a command', message({ body: ' !poll "Lunch?" "Pizza" "Soup"' }), { type: 'message' }],
  ['a file', message({ ...inThread, msgtype: 'm.image', body: 'cat.png' }), { text: 'Sent an image: cat.png' }],
  [
    'a file with a caption',
    message({ ...inThread, msgtype: 'm.file', body: 'Look', filename: 'menu.pdf' }),
    { text: 'Sent a file: menu.pdf\nLook' },
  ],
  [
    'an edit',
    message({
      body: '* New',
      'm.new_content': { msgtype: 'm.text', body: 'New' },
      'm.relates_to': { rel_type: 'm.replace', event_id: '$first' },
    }),
    { type: 'edit', of: '$first', text: 'New' },
  ],
  ['a redaction', event({ type: 'm.room.redaction', content: { redacts: '$x' } }), { type: 'redaction', of: '$x' }],
  ['a redaction in an old room', event({ type: 'm.room.redaction', redacts: '$x' }), { type: 'redaction', of: '$x' }],
  ['a vote', event(vote(['a', 'b'])), { type: 'response', start: '$poll', answers: ['a', 'b'] }],
  ['a vote in the stable form', event(vote(['a'], 'm.poll.response')), { type: 'response', answers: ['a'] }],
  ['a vote that is malformed', event(vote(7)), { type: 'response', answers: null }],
  [
    'the edit of a vote',
    event({ type: response, content: { 'm.relates_to': { rel_type: 'm.replace', event_id: '$vote' } } }),
    { type: 'response edit', account: '@ann:chat.test', of: '$vote' },
  ],
  [
    'the end of a native poll',
    event({ type: end, content: { 'm.relates_to': { rel_type: 'm.reference', event_id: '$poll' } } }),
    { type: 'end', account: '@ann:chat.test', start: '$poll' },
  ],
  ['a native poll that is malformed', event({ type: start, content: { [start]: 7 } }), { type: 'start', poll: null }],
  [
    'an invitation',
    event({ type: 'm.room.member', state_key: bot, content: { membership: 'invite' } }),
    { type: 'invite', account: '@ann:chat.test', isDirect: false },
  ],
  ['a ban', event({ type: 'm.room.member', state_key: bot, content: { membership: 'ban' } }), { type: 'removed' }],
  [
    'a tombstone',
    event({ type: 'm.room.tombstone', state_key: '', content: { replacement_room: '!new' } }),
    { type: 'replaced', by: '!new' },
  ],
  ['power levels', event({ type: 'm.room.power_levels', state_key: '' }), { type: 'power' }],
])('%s is kept', (_what, given, expected) => {
  expect(content(given)).toMatchObject(expected)
})

describe.each(Object.getOwnPropertyNames(Object.prototype))('the name %s, which every object has,', (name) => {
  test('is no type of an event, and an unknown type of a message', () => {
    expect(content(event({ type: name }))).toBeUndefined()
    expect(content(message({ ...inThread, msgtype: name }))).toMatchObject({ text: 'Hello' })
    expect(content(message({ body: `!${name}` }))).toBeUndefined()
  })
})

test('votes of one person in one thread, or in one native poll, have a topic, which names nobody', () => {
  const topic = (given: object) => pushedMessage(given, ours)?.topic
  const written = topic(message({ ...inThread, body: '!vote 1' }))
  expect(written).toMatch(/^[\w-]{43}$/)
  expect(topic(message({ ...inThread, body: '!VOTE 2' }))).toBe(written)
  expect(topic(message({ ...inThread, body: '!vote 1' }, { sender: '@ben:chat.test' }))).not.toBe(written)
  expect(topic(message({ ...inThread, body: '!close' }))).toBeNull()
  const native = topic(event(vote(['a'])))
  expect(native).toMatch(/^[\w-]{43}$/)
  expect(topic(event(vote(['b'])))).toBe(native)
  expect(topic(event({ ...vote(['a']), sender: '@ben:chat.test' }))).not.toBe(native)
})

test.each([
  ['no id', event({ event_id: undefined })],
  ['an id with a line break', event({ event_id: '$a\nb' })],
  ['half a surrogate pair in its id', event({ event_id: '$a\ud800' })],
  ['half a surrogate pair in its room', event({ room_id: '!a\udc00:chat.test' })],
  ['half a surrogate pair in its sender', message(inThread, { sender: '@a\ud800:chat.test' })],
  ['a sender that is no account', message(inThread, { sender: 'ann' })],
  ['a time that is no number', event({ origin_server_ts: 'now' })],
  ['content that is no object', event({ content: [] })],
  ['no event at all', null as unknown as object],
])('an event with %s is malformed', (_what, given) => {
  expect(() => pushedMessage(given, ours)).toThrow(ZodError)
})

test('a time that no date of the database can hold is the nearest one', () => {
  expect(pushedMessage(message(inThread, { origin_server_ts: Number.MAX_SAFE_INTEGER }), ours)?.sentAt).toEqual(
    new Date('9999-12-31T23:59:59.999Z'),
  )
})
