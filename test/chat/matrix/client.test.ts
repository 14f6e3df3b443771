import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import type { Entry, Outcome, Thread } from '../../../src/chat/chat.ts'
import { readMatrixConfig } from '../../../src/chat/matrix/config.ts'
import { MatrixChat } from '../../../src/chat/matrix/matrix-chat.ts'
import type { EventFacts } from '../../../src/polls/model/events.ts'
import type { Poll } from '../../../src/polls/model/poll.ts'
import { testSecret } from '../../support/app.ts'
import { at, entry, poll } from '../../support/entries.ts'
import { type MatrixStandIn, startMatrix } from '../../support/matrix.ts'
import type { MatrixPerson, MatrixTestEvent } from '../../support/matrix-person.ts'
import { matrixEnvironment, readText } from '../../support/matrix-rooms.ts'
import { noBallots } from '../../support/no-ballots.ts'
import { picks } from '../../support/picks.ts'

const publicUrl = new URL('https://polls.example.org')
const timeouts = { connectMs: 2_500, totalMs: 5_000 }
const never = new AbortController().signal
const created: EventFacts = { type: 'created', title: '', description: '', optionsOpen: true, options: [] }
const voted: EventFacts = { type: 'voted', choices: picks('o1') }

let matrix: MatrixStandIn
let ann: MatrixPerson
let bot: MatrixPerson
let room: string
let chat: MatrixChat
let now: Date
/** What delivery stores between two entries. */
let thread: Thread | undefined
let entries = 0

beforeEach(async () => {
  matrix = await startMatrix()
  ann = await matrix.person('Ann')
  bot = matrix.appService()
  room = await roomWithBot()
  chat = open()
  now = at
  thread = undefined
})

afterEach(() => matrix.close())

async function roomWithBot(): Promise<string> {
  const id = await ann.createRoom({ invite: [bot.userId] })
  await bot.join(id)
  return id
}

/** Another process has its own. */
function open(): MatrixChat {
  const config = readMatrixConfig(matrixEnvironment(matrix))
  if (!config) throw new TypeError('There is no homeserver.')
  const opened = new MatrixChat({
    matrix: config,
    publicUrl,
    timeouts,
    clock: () => now,
    secrets: [testSecret],
    reads: noBallots,
  })
  onTestFinished(() => opened.close())
  return opened
}

function about(facts: EventFacts, more: Partial<Entry> = {}): Entry {
  entries += 1
  const uuid = `0198c0de-0000-8000-8000-${String(entries).padStart(12, '0')}`
  const connection = { id: 'connection', externalId: room, address: {}, settings: {} }
  return entry([{ revision: entries, actor: { id: 'ann', name: 'Ann', isSignedIn: true }, at, facts }], {
    ...{ uuid, connection, thread },
    ...more,
  })
}

const atRevision = (revision: number, change: Partial<Poll> = {}) => ({ poll: { ...poll, revision, ...change } })

/** Delivers, and stores the thread. */
async function deliver(facts: EventFacts, more: Partial<Entry> = {}): Promise<Outcome> {
  return deliverEntry(about(facts, more))
}

async function deliverEntry(given: Entry): Promise<Outcome> {
  const outcome = await chat.deliver(room, { ...given, thread }, never)
  if (outcome.kind === 'sent' && outcome.thread) thread = outcome.thread
  return outcome
}

const posted = async () =>
  (await ann.messages(room)).filter(({ sender, type }) => sender === bot.userId && type === 'm.room.message')
const relationOf = ({ content }: MatrixTestEvent) =>
  content['m.relates_to'] as { rel_type: string; event_id: string } | undefined
const related = async (type: string) => (await posted()).filter((event) => relationOf(event)?.rel_type === type)

describe('a poll', () => {
  test('is one message that alerts the room, with its options, bars and a link', async () => {
    expect(await deliver(created, atRevision(1))).toMatchObject({ kind: 'sent' })
    const [message, ...others] = await posted()
    expect(others).toEqual([])
    const url = 'https://polls.example.org/polls/where-to-eat-lunch-abcdefghijkmnpqr'
    expect(message?.content).toEqual({
      msgtype: 'm.text',
      body: `Where to eat lunch?\n1. Pizza: ••••••••··\u00A075%, 3\u00A0votes\n2. Sushi: •••·······\u00A025%, 1\u00A0vote\n3. Falafel: ··········\u00A00%, 0\u00A0votes\nTotal votes: 4\nVote on the page: ${url}, or in the thread: !vote 1`,
      format: 'org.matrix.custom.html',
      formatted_body: `<strong>Where to eat lunch?</strong><br>1. Pizza: ••••••••··\u00A075%, 3\u00A0votes<br>2. Sushi: •••·······\u00A025%, 1\u00A0vote<br>3. Falafel: ··········\u00A00%, 0\u00A0votes<br>Total votes: 4<br><a href="${url}">Vote on the page</a>, or in the thread: !vote 1`,
      'm.mentions': {},
    })
    expect(thread?.id).toBe(message?.event_id)
  })

  test.each([
    ['multiple_choice', '!vote 1 3'],
    ['ranked', '!vote 2 1 3, the best first'],
  ] as const)('whose method is %s says how to vote so', async (method, how) => {
    await deliver(created, atRevision(1, { method }))
    expect((await posted())[0]?.content.body).toMatch(new RegExp(`or in the thread: ${how}$`))
  })

  test('that is not new alerts nobody', async () => {
    await deliver(voted)
    expect((await posted()).map(({ content }) => content.msgtype)).toEqual(new Array(3).fill('m.notice'))
  })

  test('is edited as its state changes, always the first message, and shown as it is now', async () => {
    await deliver(created, atRevision(1))
    await deliver(voted, atRevision(2, { totalVotes: 5 }))
    await deliver(voted, atRevision(3, { totalVotes: 6 }))
    const edits = await related('m.replace')
    expect(edits.map((event) => relationOf(event)?.event_id)).toEqual([thread?.id, thread?.id])
    expect(readText(edits[1] as MatrixTestEvent)).toContain('Total votes: 6')
    expect(edits[1]?.content.body).toMatch(/^\* Where to eat lunch\?/)
  })

  test('is not edited by what it does not show', async () => {
    await deliver(created, atRevision(1))
    await deliver({ type: 'commented', body: 'Hungry' }, atRevision(2, { totalComments: 1 }))
    expect(await related('m.replace')).toEqual([])
  })

  test('that is new but was posted by an attempt before, shows its state of now', async () => {
    await deliver(created, atRevision(1))
    thread = undefined
    await deliver(voted, atRevision(2, { totalVotes: 5 }))
    const edits = await related('m.replace')
    expect(edits.map(readText)).toEqual([expect.stringContaining('Total votes: 5')])
    expect(edits.map(relationOf)).toMatchObject([{ event_id: thread && (thread as Thread).id }])
  })
})

describe('what happens', () => {
  test('is a notice in the thread below the poll', async () => {
    await deliver(created, atRevision(1))
    await deliver(voted, atRevision(2))
    const [notice] = await related('m.thread')
    expect(notice?.content).toEqual({
      msgtype: 'm.notice',
      body: 'Ann voted for “Pizza”',
      format: 'org.matrix.custom.html',
      formatted_body: '<strong>Ann</strong> voted for <em>Pizza</em>',
      'm.mentions': {},
      'm.relates_to': {
        rel_type: 'm.thread',
        event_id: thread?.id,
        is_falling_back: true,
        'm.in_reply_to': { event_id: thread?.id },
      },
    })
  })

  test('is posted once, whatever is repeated, also by another process', async () => {
    await deliver(created, atRevision(1))
    const vote = about(voted, atRevision(2, { totalVotes: 5 }))
    const before = thread
    await deliverEntry(vote)
    chat = open()
    thread = before
    await deliverEntry(vote)
    await deliverEntry(vote)
    expect((await posted()).length).toBe(3)
  })

  test('is posted once after a restart of the homeserver, as the bot has a device', async () => {
    const first = about(created, atRevision(1))
    await deliverEntry(first)
    const vote = about(voted, atRevision(2, { totalVotes: 5 }))
    const before = thread
    await deliverEntry(vote)
    await matrix.restart()
    for (const stored of [undefined, before]) {
      thread = stored
      await expect.poll(async () => (await deliverEntry(stored ? vote : first)).kind).toBe('sent')
    }
    expect((await posted()).length).toBe(3)
  })

  test('is not posted again long after, when only the state is refreshed', async () => {
    await deliver(created, atRevision(1))
    const vote = about(voted, atRevision(2))
    await deliverEntry(vote)
    const count = (await posted()).length
    // The homeserver would no longer know the repeat.
    matrix.faults.set({
      kind: 'status',
      status: 400,
      path: `/_matrix/client/v3/rooms/${room}/send/m.room.message/notice`,
    })
    await deliverEntry({ ...vote, ...atRevision(3, { totalVotes: 7 }) })
    const added = (await posted()).slice(count)
    expect(added.map((event) => relationOf(event)?.rel_type)).toEqual(['m.replace'])
  })

  test('of closing says who won and how many voted', async () => {
    const outcome = { kind: 'winner' as const, options: ['o1'], votes: 3 }
    await deliver({ type: 'closed', outcome }, atRevision(9, { status: 'closed', closedAt: at }))
    expect((await related('m.thread')).map(readText)).toEqual(['Ann closed the poll. Winner: Pizza\n4 people voted'])
    expect(readText((await related('m.replace'))[0] as MatrixTestEvent)).toContain('Where to eat lunch? (closed)')
  })
})

describe('a comment', () => {
  test('that is edited is edited in the thread', async () => {
    const comment = about({ type: 'commented', body: 'Hungry' })
    await deliverEntry(comment)
    const [notice] = await related('m.thread')
    await deliver({ type: 'comment_edited', comment: comment.events[0].revision, body: 'Very hungry' })
    const edits = (await related('m.replace')).filter((event) => relationOf(event)?.event_id === notice?.event_id)
    expect(edits.map(readText)).toEqual(['Ann edited a comment\nVery hungry'])
    expect(await related('m.thread')).toHaveLength(1)
  })

  test('that is deleted is emptied in the room, with its edits', async () => {
    const comment = about({ type: 'commented', body: 'A secret' })
    await deliverEntry(comment)
    const { revision } = comment.events[0]
    await deliver({ type: 'comment_edited', comment: revision, body: 'The same secret' })
    await deliver({ type: 'comment_deleted', comment: revision })
    expect(JSON.stringify(await ann.messages(room))).not.toContain('secret')
    expect((await related('m.thread')).map(readText)).toEqual(['Ann deleted a comment'])
  })
})

test('a deleted poll leaves no text of it: the message and its edits are emptied', async () => {
  await deliver(created, atRevision(1, { title: 'A secret?' }))
  for (let revision = 2; revision < 8; revision++)
    await deliver(voted, atRevision(revision, { title: 'A secret?', totalVotes: revision }))
  await deliver({ type: 'deleted' }, atRevision(9, { title: 'A secret?', deletedAt: at }))
  expect(JSON.stringify(await ann.messages(room))).not.toContain('A secret?')
  expect(readText((await related('m.thread')).at(-1) as MatrixTestEvent)).toBe('Ann deleted the poll')
})

test('a deleted poll is not posted where it was not shown', async () => {
  expect(await deliver({ type: 'deleted' }, atRevision(9, { deletedAt: at }))).toEqual({ kind: 'sent' })
  expect(await posted()).toEqual([])
})

describe('texts', () => {
  test('cut in the middle of an emoji are sent', async () => {
    expect(await deliver({ type: 'commented', body: 'Pizza \ud83c' })).toMatchObject({ kind: 'sent' })
    expect(readText((await related('m.thread'))[0] as MatrixTestEvent)).toContain('Pizza \ufffd')
  })

  test.each(['<&>"', '漢'])('that are too long for one message are shortened: %s', async (given) => {
    const long = given.repeat(10_000)
    const comment = about({ type: 'commented', body: long })
    expect(await deliverEntry(comment)).toMatchObject({ kind: 'sent' })
    const { revision } = comment.events[0]
    expect(await deliver({ type: 'comment_edited', comment: revision, body: long })).toMatchObject({ kind: 'sent' })
    const sizes = (await posted()).map(({ content }) => Buffer.byteLength(JSON.stringify(content)))
    expect(Math.max(...sizes)).toBeLessThanOrEqual(64_000)
  })
})

describe('the bot', () => {
  test('is registered with a name, and has a device', async () => {
    await deliver(created)
    expect(await bot.do('GET', `v3/profile/${bot.userId}`)).toEqual({ displayname: 'Polldock' })
    expect([...(matrix.homeserver.accounts.get(bot.userId)?.devices.keys() ?? [])]).toEqual(['POLLDOCK'])
  })

  test('makes its device again when the homeserver has forgotten it', async () => {
    await deliver(created)
    matrix.homeserver.accounts.get(bot.userId)?.devices.clear()
    expect(await deliver(voted)).toMatchObject({ kind: 'sent' })
  })
})

describe('the outcome', () => {
  test('in a room where the bot is muted asks for power', async () => {
    await ann.setState(room, 'm.room.power_levels', { events_default: 50 })
    expect(await deliver(created)).toMatchObject({
      kind: 'unauthorized',
      reason: expect.stringContaining('The bot may not post in the room.'),
    })
  })

  test('in a room that was replaced asks to connect the new one', async () => {
    await ann.setState(room, 'm.room.tombstone', { body: 'Moved', replacement_room: '!new:chat.test' })
    await ann.setState(room, 'm.room.power_levels', { events_default: 50 })
    expect(await deliver(created)).toMatchObject({
      kind: 'unauthorized',
      reason: 'The room was replaced by a new one. Invite the bot to the new room, and connect it.',
    })
  })

  test('in a room that the bot was removed from is that it is gone', async () => {
    await ann.kick(room, bot.userId)
    expect(await deliver(created)).toEqual({ kind: 'gone', reason: 'The bot was removed from the room.' })
  })

  test('in an unknown room asks to invite the bot', async () => {
    expect(await chat.deliver('!unknown:chat.test', about(created), never)).toMatchObject({
      kind: 'unauthorized',
      reason: 'The bot is not in the room. Invite it again, then resume.',
    })
  })

  test('of a message that is answered 500 for ten minutes is invalid, if the homeserver answers others', async () => {
    const message = about(created)
    matrix.faults.set({ kind: 'status', status: 500, path: `/_matrix/client/v3/rooms/${room}/send/` })
    expect(await deliverEntry(message)).toMatchObject({ kind: 'later' })
    now = new Date(at.getTime() + 599_000)
    expect(await deliverEntry(message)).toMatchObject({ kind: 'later' })
    now = new Date(at.getTime() + 600_000)
    expect(await deliver(created)).toMatchObject({ kind: 'later' })
    expect(await deliverEntry(message)).toMatchObject({ kind: 'invalid' })
    matrix.faults.set({ kind: 'status', status: 500 })
    expect(await deliverEntry(message)).toMatchObject({ kind: 'later' })
  })
})

describe('an error', () => {
  const errors = async () => (await posted()).filter(({ content }) => 'org.polldock.error' in content)

  test('is a notice that is edited, and edited again when it is over, also by another process', async () => {
    expect(await chat.showError(room, '', never)).toBe(true)
    expect(await errors()).toEqual([])
    expect(await chat.showError(room, 'Cannot post.', never)).toBe(true)
    expect(await chat.showError(room, 'Still not.', never)).toBe(true)
    await ann.say(room, 'What is wrong?')
    chat = open()
    expect(await chat.showError(room, '', never)).toBe(true)
    expect(await chat.showError(room, '', never)).toBe(true)
    const all = await errors()
    expect(all.map(readText)).toEqual(['Cannot post.', 'Still not.', 'Polldock can post here again.'])
    expect(all.map((event) => relationOf(event)?.event_id)).toEqual([undefined, all[0]?.event_id, all[0]?.event_id])
  })

  test('after one that is over is a new notice', async () => {
    for (const text of ['Cannot post.', '', 'Cannot post.']) await chat.showError(room, text, never)
    expect((await errors()).map((event) => relationOf(event)?.rel_type)).toEqual([undefined, 'm.replace', undefined])
  })

  test('that somebody else pretends to show is not edited', async () => {
    await ann.say(room, 'Broken', { 'org.polldock.error': true })
    expect(await chat.showError(room, '', never)).toBe(true)
    expect(await errors()).toEqual([])
  })
})
