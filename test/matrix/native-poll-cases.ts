import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import type { ChatBallot, Entry, Outcome, Thread } from '../../src/chat/chat.ts'
import { readMatrixConfig } from '../../src/chat/matrix/config.ts'
import { TooLarge } from '../../src/chat/matrix/homeserver.ts'
import { MatrixChat } from '../../src/chat/matrix/matrix-chat.ts'
import { nativePollIn, pollTypes } from '../../src/chat/matrix/native/native-poll.ts'
import { chosen } from '../../src/polls/model/choices/choices.ts'
import type { EventFacts } from '../../src/polls/model/events.ts'
import type { Poll } from '../../src/polls/model/poll.ts'
import { testSecret } from '../support/app.ts'
import { ann as annOnTheWeb, entry, poll as lunch, option } from '../support/entries.ts'
import type { TestHomeserver } from '../support/matrix.ts'
import { freshlyShown, type MatrixJudge, type ShownPoll, startJudge } from '../support/matrix-judge.ts'
import { type MatrixPerson, roomPath } from '../support/matrix-person.ts'
import { matrixEnvironment, messagesOf } from '../support/matrix-rooms.ts'

const never = new AbortController().signal
const voted: EventFacts = { type: 'voted', choices: [] }
const pizza = { Pizza: 1, Sushi: 0, Falafel: 0 }
const sushi = { Pizza: 0, Sushi: 1, Falafel: 0 }
const outcome = { kind: 'winner' as const, options: ['o1'], votes: 1 }
const nothing = { Pizza: 0, Sushi: 0, Falafel: 0 }

/**
 * Native polls, at a real homeserver and at its stand-in: what matrix-js-sdk counts, in a client that was open all the time
 * and in one that opens the room now, is what Polldock has. The database is in memory here.
 */
export function nativePollCases(name: string, open: () => Promise<TestHomeserver>): void {
  describe(`native polls at ${name}`, () => {
    let server: TestHomeserver
    let ann: MatrixPerson
    let ben: MatrixPerson
    let bot: MatrixPerson
    let judge: MatrixJudge
    let chat: MatrixChat
    let room: string
    let thread: Thread | undefined
    let poll: Poll
    let settings: Record<string, boolean>
    /** By person. */
    let ballots: Map<string, ChatBallot>
    /** The responses of people that the inbox has handled. */
    let handled: Set<string>
    let revision = 0

    beforeAll(async () => {
      server = await open()
      ann = await server.person('Ann')
      ben = await server.person('Ben')
      bot = server.appService()
      judge = await startJudge(ben)
    })
    afterAll(async () => {
      judge?.close()
      await server?.close()
    })

    beforeEach(async () => {
      chat = openChat()
      thread = undefined
      settings = {}
      ballots = new Map()
      handled = new Set()
      room = await roomWith(50)
      const now = new Date()
      poll = { ...lunch, id: `poll ${room}`, revision: 1, totalVotes: 0, createdAt: now, lastActivityAt: now }
    })

    /** Another process has its own. */
    function openChat(url?: string): MatrixChat {
      const config = readMatrixConfig(matrixEnvironment(server, url))
      if (!config) throw new TypeError('There is no homeserver.')
      const reads = {
        ballots: async () => [...ballots.values()],
        answered: async () => new Set<string>(),
        handled: async (_: string, ids: readonly string[]) => new Set(ids.filter((id) => handled.has(id))),
        threads: async function* () {
          yield [thread?.data]
        },
      }
      const publicUrl = new URL('https://polls.example.org')
      const opened = new MatrixChat({
        matrix: config,
        publicUrl,
        clock: () => new Date(),
        secrets: [testSecret],
        reads,
      })
      onTestFinished(() => opened.close())
      return opened
    }

    /** A room of Ann and Ben, in which the bot has this power. */
    async function roomWith(power: number, more: Record<string, unknown> = {}): Promise<string> {
      await chat.users.prepare({ account: bot.userId })
      const users = { [ann.userId]: 100, [bot.userId]: power }
      const id = await ann.createRoom({
        ...{ preset: 'private_chat', room_version: '11', invite: [bot.userId, ben.userId] },
        ...{ power_level_content_override: { users }, ...more },
      })
      await chat.rooms.join(id)
      await ben.join(id)
      return id
    }

    /** Delivers an event after this change of the poll, until there is no more to do. */
    async function deliver(change: Partial<Poll> = {}, facts: EventFacts = voted): Promise<Outcome> {
      revision += 1
      poll = { ...poll, ...change, revision: thread ? poll.revision + 1 : 1, totalVotes: ballots.size }
      const uuid = `0198c0de-0000-8000-8000-${String(revision).padStart(12, '0')}`
      const connection = { id: 'connection', externalId: room, address: {}, settings }
      const events: Entry['events'] = [{ revision: poll.revision, actor: annOnTheWeb, at: new Date(), facts }]
      return deliverAgain(entry([...events], { uuid, connection, poll, movedAway: facts.type === 'edited' }))
    }

    async function deliverAgain(given: Entry): Promise<Outcome> {
      for (;;) {
        const outcome = await chat.deliver(room, { ...given, thread }, never)
        if (outcome.kind !== 'sent') return outcome
        thread = outcome.thread
        if (!outcome.isUnfinished) return outcome
      }
    }

    const created = () => deliver({}, { type: 'created', title: '', description: '', optionsOpen: true, options: [] })
    const start = () => nativePollIn(thread?.data)?.start ?? ''

    /** A ballot, as somebody casts it now. */
    function cast(person: string, options: string[], accounts: string[] = []): void {
      const ballot = { person: { id: person, name: person }, accounts, choices: chosen(options), at: new Date() }
      ballots.set(person, ballot)
    }

    /** Somebody votes in a client, and Polldock takes the vote. */
    async function respond(person: MatrixPerson, options: string[], name?: string): Promise<string> {
      const id = await person.vote(room, start(), options)
      handled.add(id)
      if (name) cast(name, options, [person.userId])
      return id
    }

    /** What clients show of the polls of the room. */
    async function expectShown(...polls: Partial<ShownPoll>[]): Promise<void> {
      const shown = polls.map((one) => expect.objectContaining(one))
      await expect.poll(async () => (await judge.shows(room)).polls).toEqual(shown)
      expect((await freshlyShown(ann, room)).polls).toEqual(shown)
    }

    const ofType = async (what: string) =>
      (await ann.messages(room)).filter(({ type, content }) => type.endsWith(`.${what}`) && Object.keys(content).length)
    const said = async () => messagesOf(await ann.messages(room), bot.userId).map(({ text }) => text)

    test('a new poll is shown by a message, and as a poll of Matrix that names it', async () => {
      await created()
      await expectShown({ id: start(), question: 'Where to eat lunch?', isEnded: false, counts: nothing })
      expect((await ann.event(room, start())).content).toMatchObject({ 'io.polldock.message': thread?.id })
    })

    test('votes on the web are counted: a first one, a change, and a withdrawal', async () => {
      await created()
      cast('cem', ['o1'])
      cast('dee', ['o2'])
      await deliver()
      await expectShown({ counts: { Pizza: 1, Sushi: 1, Falafel: 0 } })
      cast('cem', ['o2'])
      await deliver()
      await expectShown({ counts: { Pizza: 0, Sushi: 2, Falafel: 0 } })
      ballots.delete('dee')
      await deliver()
      await expectShown({ counts: sushi })
      cast('dee', ['o1'])
      await deliver()
      await expectShown({ counts: { Pizza: 1, Sushi: 1, Falafel: 0 } })
      const names = (await ofType('member')).map(({ content }) => content.displayname)
      expect(names).toEqual(expect.arrayContaining(['cem (guest, via Polldock)', 'dee (guest, via Polldock)']))
    })

    test('a vote in a client stays as it is, and a later one on the web takes its place, and back', async () => {
      await created()
      await respond(ann, ['o1'], 'ann')
      await deliver()
      await expectShown({ counts: pizza })
      expect((await ofType('response')).map(({ sender }) => sender)).toEqual([ann.userId])
      cast('ann', ['o2'], [ann.userId])
      await deliver()
      await expectShown({ counts: sushi })
      await respond(ann, ['o1'], 'ann')
      await deliver()
      await expectShown({ counts: pizza })
      await respond(ann, [])
      ballots.delete('ann')
      await deliver()
      await expectShown({ counts: nothing })
    })

    test('a vote on the web and one in a client are one when their voters turn out to be one person', async () => {
      await created()
      cast('ann', ['o2'])
      await respond(ann, ['o1'], 'guest')
      await deliver()
      await expectShown({ counts: { Pizza: 1, Sushi: 1, Falafel: 0 } })
      ballots.delete('guest')
      cast('ann', ['o2'], [ann.userId])
      await deliver()
      await expectShown({ counts: sushi })
    })

    test('a vote that Polldock has not taken yet is left alone, and one that it refused is redacted', async () => {
      await created()
      cast('ann', ['o2'], [ann.userId])
      const id = await ann.vote(room, start(), ['o1'])
      await deliver()
      await expectShown({ counts: pizza })
      handled.add(id)
      await deliver()
      await expectShown({ counts: sushi })
    })

    test('strange votes in clients do not count, and do not hide the ballot', async () => {
      await created()
      cast('ann', ['o1'], [ann.userId])
      for (const answers of [['o9'], ['o1', 'o2'], ['o1', 'o1'], [7 as unknown as string]]) await respond(ann, answers)
      await respond(ben, ['o1'])
      await deliver()
      await expectShown({ counts: pizza })
      expect((await ofType('response')).map(({ sender }) => sender)).not.toContain(ben.userId)
    })

    test('several options are counted, from clients and from the web', async () => {
      await created()
      poll = { ...poll, method: 'multiple_choice' }
      await deliver()
      cast('cem', ['o1', 'o2'])
      await respond(ann, ['o3', 'o2'], 'ann')
      await deliver()
      await expectShown({ counts: { Pizza: 1, Sushi: 2, Falafel: 1 } })
      await deliver({ maxChoices: 2 })
      await expectShown({ counts: { Pizza: 1, Sushi: 2, Falafel: 1 } })
    })

    test('an option that is added after votes, and a new title, make a new poll with the same votes', async () => {
      await created()
      cast('cem', ['o1'])
      await respond(ann, ['o1'], 'ann')
      await deliver()
      const first = start()
      await deliver({ title: 'Where to eat?', options: [...poll.options, option('o4', 'Soup', 0)] })
      expect(start()).not.toBe(first)
      const counts = { Pizza: 2, Sushi: 0, Falafel: 0, Soup: 0 }
      await expectShown({ id: start(), question: 'Where to eat?', counts })
      const second = start()
      await deliver()
      expect(start()).toBe(second)
    })

    test('a closed poll is ended at its closing time, and a vote after that does not count', async () => {
      await created()
      cast('cem', ['o1'])
      await deliver()
      await deliver({ status: 'closed', closedAt: new Date() }, { type: 'closed', outcome })
      await expectShown({ isEnded: true, counts: pizza })
      await respond(ann, ['o2'])
      await chat.native.sync({ room, poll, start: start() }, never)
      await expectShown({ isEnded: true, counts: pizza })
      await deliver({}, { type: 'commented', body: 'Hungry' })
      expect(await ofType('end')).toHaveLength(1)
      expect((await ofType('end'))[0]?.origin_server_ts).toBe(poll.closedAt?.getTime())
    })

    test('a closed poll is corrected when two voters turn out to be one, and ended again if its end is redacted', async () => {
      await created()
      cast('ann', ['o1'])
      await respond(ben, ['o2'], 'guest')
      await deliver({ status: 'closed', closedAt: new Date() }, { type: 'closed', outcome })
      await expectShown({ isEnded: true, counts: { Pizza: 1, Sushi: 1, Falafel: 0 } })
      ballots.delete('guest')
      cast('ann', ['o1'], [ben.userId])
      await deliver()
      await expectShown({ isEnded: true, counts: pizza })
      for (let times = 0; times < 2; times++) {
        for (const { event_id } of await ofType('end')) await ann.redact(room, event_id)
        await deliver()
        expect(await ofType('end')).toHaveLength(1)
      }
      expect((await freshlyShown(ann, room)).polls).toMatchObject([{ isEnded: true, counts: pizza }])
    })

    test('a vote from before the end that is refused after it makes the ballot count', async () => {
      await created()
      cast('ann', ['o1'], [ann.userId])
      await deliver()
      const late = await ann.vote(room, start(), ['o2'])
      const closedAt = new Date((await ann.event(room, late)).origin_server_ts)
      await deliver({ status: 'closed', closedAt })
      handled.add(late)
      await chat.native.sync({ room, poll, start: start() }, never)
      await expectShown({ isEnded: true, counts: pizza })
    })

    test('a poll that is reopened is a new one with the same votes, and the old one stays ended', async () => {
      await created()
      cast('cem', ['o1'])
      await deliver({ status: 'closed', closedAt: new Date() })
      const old = start()
      await deliver({ status: 'open', closedAt: null }, { type: 'reopened' })
      cast('dee', ['o2'])
      await deliver()
      await expectShown(
        { id: old, isEnded: true, counts: pizza },
        { id: start(), isEnded: false, counts: { Pizza: 1, Sushi: 1, Falafel: 0 } },
      )
      await deliver({ deletedAt: new Date() }, { type: 'deleted' })
      await expectShown()
    })

    test('is the same although a process died at any time and another one repeats', async () => {
      await created()
      const before = thread
      cast('cem', ['o1'])
      await respond(ann, ['o2'], 'ann')
      await deliver({ options: [...poll.options, option('o4', 'Soup', 0)] })
      // The new start is in the room, but not stored, and shows other texts than the poll has now.
      chat = openChat()
      thread = before
      await deliver({ title: 'Where to eat?' })
      chat = openChat()
      thread = before
      await deliver()
      await expectShown({ id: start(), question: 'Where to eat?', counts: { ...pizza, Sushi: 1, Soup: 0 } })
    })

    test('is the same after a restart of the homeserver', async () => {
      await created()
      const before = thread
      cast('cem', ['o1'])
      await deliver()
      await server.restart()
      thread = before
      await expect.poll(async () => (await deliver()).kind).toBe('sent')
      await expectShown({ counts: pizza })
      expect(await ofType('response')).toHaveLength(1)
    })

    test('a vote of the web that somebody redacts comes back, also where its account was removed', async () => {
      await created()
      cast('cem', ['o1'])
      await deliver()
      for (const { event_id } of await ofType('response')) await ann.redact(room, event_id)
      await deliver()
      await expectShown({ counts: pizza })
      await ann.kick(room, chat.users.ghostOf('cem'))
      cast('cem', ['o2'])
      await deliver()
      await expectShown({ counts: sushi })
    })

    test('an end by somebody else is redacted, and one by a moderator makes a new poll', async () => {
      await created()
      cast('cem', ['o1'])
      await deliver()
      const first = start()
      await ben.endPoll(room, first)
      await deliver()
      expect(start()).toBe(first)
      await expectShown({ isEnded: false, counts: pizza })
      await ann.endPoll(room, first)
      await deliver()
      expect(start()).not.toBe(first)
      await expectShown({ id: start(), isEnded: false, counts: pizza })
    })

    test('a poll whose native poll a moderator has redacted gets no other one', async () => {
      await created()
      await ann.redact(room, start())
      await deliver()
      await deliver({ title: 'Where to eat?' })
      await expectShown()
    })

    test('without the power to redact there is none, and with it there is', async () => {
      for (const preset of ['public_chat', 'private_chat']) {
        room = await roomWith(0, { preset })
        thread = undefined
        await created()
        await expectShown()
      }
      expect(await said()).toHaveLength(1)
      const levels = await ann.state(room, 'm.room.power_levels')
      await ann.setState(room, 'm.room.power_levels', { ...levels, users: { [ann.userId]: 100, [bot.userId]: 50 } })
      cast('cem', ['o1'])
      await deliver()
      await expectShown({ counts: pizza })
    })

    test('without the power to post it there is none, and with it there is', async () => {
      const levels = await ann.state(room, 'm.room.power_levels')
      await ann.setState(room, 'm.room.power_levels', { ...levels, events: { [pollTypes.end]: 75 } })
      await created()
      await expectShown()
      await ann.setState(room, 'm.room.power_levels', { ...levels, events: {} })
      cast('cem', ['o1'])
      await deliver()
      await expectShown({ counts: pizza })
    })

    test('where the account of a person on the web is banned, there is none until it is not banned', async () => {
      await created()
      cast('cem', ['o1'])
      await deliver()
      const account = chat.users.ghostOf('cem')
      await ann.ban(room, account)
      cast('cem', ['o2'])
      await deliver()
      await deliver()
      await expectShown()
      expect((await said()).filter((text) => text.includes('banned'))).toHaveLength(1)
      expect((await said()).join()).not.toContain('the power to')
      await ann.do('POST', `${roomPath(room)}/unban`, { user_id: account })
      await deliver()
      await expectShown({ counts: sushi })
    })

    test('where the bot may not bring people in any more, the native poll is withdrawn, and the thread says why', async () => {
      await created()
      await ann.setState(room, 'm.room.power_levels', {
        ...(await ann.state(room, 'm.room.power_levels')),
        invite: 100,
      })
      cast('cem', ['o1'])
      await deliver()
      await deliver()
      await expectShown()
      expect((await said()).filter((text) => text.includes('the power to'))).toHaveLength(1)
    })

    test('an encrypted room has none, as nobody but its members could read the votes', async () => {
      await created()
      await ann.setState(room, 'm.room.encryption', { algorithm: 'm.megolm.v1.aes-sha2' })
      await ann.send(room, 'm.room.encrypted', {
        ...{ algorithm: 'm.megolm.v1.aes-sha2', ciphertext: 'x' },
        'm.relates_to': { rel_type: 'm.reference', event_id: start() },
      })
      await deliver()
      await expectShown()
      expect((await said()).at(-1)).toContain('This room is encrypted now')
    })

    const unfit: [string, Partial<Poll>][] = [
      ['hidden results', { resultsVisible: 'after_closing' }],
      ['results for voters', { resultsVisible: 'after_voting' }],
      ['anonymous votes', { anonymous: true, resultsVisible: 'after_closing', quorum: 3 }],
      ['points', { method: 'score' }],
      ['a ranking', { method: 'ranked' }],
      ['dates', { method: 'dates', timeZone: 'Europe/Berlin', options: [option('d1', '2026-12-24', 0)] }],
      ['21 options', { options: Array.from({ length: 21 }, (_, index) => option(`p${index}`, `Pizza ${index}`, 0)) }],
      ['more than 2,000 votes', {}],
    ]
    test.each(unfit)('a poll with %s has none, and one that becomes so loses it', async (what, change) => {
      await created()
      await expect.poll(async () => (await judge.shows(room)).polls.length).toBe(1)
      if (what.includes('votes') && !change.anonymous)
        for (let index = 0; index <= 2_000; index++) cast(`person ${index}`, ['o1'])
      await deliver(change)
      await expectShown()
      thread = undefined
      await deliver()
      await expectShown()
    })

    test('a connection whose setting is off has none', async () => {
      settings = { nativePolls: false }
      await created()
      await expectShown()
    })

    test('of a poll that has moved away nothing stays open', async () => {
      await created()
      await deliver({}, { type: 'edited', category: { from: '', to: 'Travel' } })
      await expectShown()
    })

    test('of a room that is disconnected, nothing stays open, and the accounts of people leave', async () => {
      await created()
      cast('cem', ['o1'])
      await deliver()
      await expectShown({ counts: pizza })
      await chat.leave(room, { id: 'connection', isLast: true }, never)
      await expectShown()
      const { joined } = await ann.do<{ joined: object }>('GET', `${roomPath(room)}/joined_members`)
      expect(Object.keys(joined).toSorted()).toEqual([ann.userId, ben.userId])
    })

    test('a room of version 12, and a public one in which the bot may not invite, have it too', async () => {
      for (const more of [
        { room_version: '12', power_level_content_override: { users: { [bot.userId]: 50 } } },
        {
          preset: 'public_chat',
          power_level_content_override: { users: { [ann.userId]: 100, [bot.userId]: 50 }, invite: 75 },
        },
      ]) {
        room = await roomWith(50, more)
        thread = undefined
        ballots.clear()
        poll = { ...poll, id: `poll ${room}` }
        await created()
        cast('cem', ['o1'])
        await deliver()
        await expectShown({ counts: pizza })
      }
    })

    test('votes are counted beside some that are too large to be read at once', async () => {
      await created()
      const vote = {
        'm.relates_to': { rel_type: 'm.reference', event_id: start() },
        [pollTypes.response]: { answers: [] },
      }
      const send = () => ben.send(room, pollTypes.response, { ...vote, pad: 'x'.repeat(60_000) })
      for (let sent = 0; sent < 300; sent += 10) await Promise.all(Array.from({ length: 10 }, send))
      cast('cem', ['o1'])
      expect(await deliver()).toMatchObject({ kind: 'sent' })
      const [newest] = (await ann.messages(room, 1)).map(({ type }) => type)
      expect(newest).toBe(pollTypes.response)
    })

    test('a poll with too many votes to be read is withdrawn for good, and the thread says why', async () => {
      await created()
      const answer = { status: 200, errcode: '', error: '', retryAfterMs: undefined }
      vi.spyOn(chat.rooms, 'relations').mockRejectedValue(new TooLarge(answer))
      cast('cem', ['o1'])
      expect(await deliver()).toMatchObject({ kind: 'sent' })
      await deliver()
      await expectShown()
      expect((await said()).filter((text) => text.includes('More was sent to this poll'))).toHaveLength(1)
    })

    test('many votes come in several rounds', async () => {
      await created()
      for (let index = 0; index < 60; index++) cast(`person ${index}`, [`o${1 + (index % 3)}`])
      await deliver()
      await expectShown({ counts: { Pizza: 20, Sushi: 20, Falafel: 20 } })
    })
  })
}
