import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { pollTypes } from '../../src/chat/matrix/native/native-poll.ts'
import type { PersonName } from '../../src/people/model/person-name.ts'
import { newOptionId, pollIdFrom, pollPath } from '../../src/polls/model/ids.ts'
import type { Poll } from '../../src/polls/model/poll.ts'
import type { TestHomeserver } from '../support/matrix.ts'
import type { AppAtHomeserver } from '../support/matrix-app.ts'
import { freshlyShown } from '../support/matrix-judge.ts'
import type { MatrixPerson } from '../support/matrix-person.ts'
import { textOf } from '../support/pages.ts'
import { picks } from '../support/picks.ts'
import { type Asked, createPerson } from '../support/polls.ts'

type Opened = { app: AppAtHomeserver; server: TestHomeserver }

/** What people do in native polls, at any homeserver: a real one, and the stand-in of the tests. */
export function nativeVotes(name: string, open: (() => Promise<Opened>) | undefined): void {
  describe.skipIf(!open)(name, () => {
    let app: AppAtHomeserver
    let ann: MatrixPerson
    let ben: MatrixPerson
    let room: string
    let connection: string

    beforeAll(async () => {
      const opened = await open?.()
      if (!opened) return
      app = opened.app
      ann = await opened.server.person('Ann')
      ben = await opened.server.person('Ben')
      ;({ room, connection } = await app.connectedRoom(ann))
      await givePower(50)
      await ann.invite(room, ben.userId)
      await ben.join(room)
    })
    afterAll(() => app?.close())

    /** @param events the power that is needed to send events of these types */
    async function givePower(level: number, events: Record<string, number> = {}): Promise<void> {
      const { users, ...levels } = await ann.state(room, 'm.room.power_levels')
      const changed = { ...levels, events, users: { ...Object(users), [app.bot]: level } }
      await ann.setState(room, 'm.room.power_levels', changed)
    }

    async function choose(chatSettings: Record<string, boolean>): Promise<void> {
      await app.database.prisma.connection.update({ where: { id: connection }, data: { chatSettings } })
    }

    /** A new poll, its native poll, and the ids of its options. */
    async function posted(asked?: Asked) {
      const creator = await createPerson(app.database)
      const { poll, root } = await app.postedPoll(room, creator, asked)
      const [pizza = '', sushi = '', falafel = ''] = poll.options.map(({ id }) => id)
      return { poll, root, creator, start: await startIn(root), pizza, sushi, falafel }
    }
    type Posted = Awaited<ReturnType<typeof posted>>

    /** The newest native poll of a thread. */
    async function startIn(root: string, other?: string): Promise<string> {
      const events = await ann.messages(room)
      const start = events.findLast(({ content }) => content['io.polldock.message'] === root)?.event_id
      if (start !== undefined && start !== other) return start
      await sleep(50)
      return startIn(root, other)
    }

    /** Waits until the app has handled what was sent before. */
    async function handled(): Promise<void> {
      const answers = async () => (await app.said(ann, room)).filter((text) => text.includes('!close closes')).length
      const before = await answers()
      await ann.say(room, '!help')
      await expect.poll(answers).toBe(before + 1)
    }

    async function now({ id }: Poll): Promise<Poll> {
      await handled()
      return (await app.services.polls.view(id)).poll
    }

    /** Waits until the room shows all that has happened. */
    async function delivered(poll: Poll): Promise<void> {
      const { revision } = await now(poll)
      const where = { pollId: poll.id, connectionId: connection, revision, inFlightRevision: null }
      await expect.poll(() => app.database.prisma.mirror.count({ where })).toBe(1)
    }

    const votes = async (poll: Poll) => (await now(poll)).options.map((option) => option.votes)

    /** What clients count for each option. */
    async function counts(start: string): Promise<number[]> {
      const { polls } = await freshlyShown(ann, room)
      return Object.values(polls.find(({ id }) => id === start)?.counts ?? {})
    }

    async function isEnded(start: string): Promise<boolean | undefined> {
      return (await freshlyShown(ann, room)).polls.find(({ id }) => id === start)?.isEnded
    }

    /** What the bot has said of votes that do not count, and of polls that it does not take. */
    async function refusals(): Promise<string[]> {
      await handled()
      return (await app.said(ann, room)).filter((text) => /This (?:vote|poll) (?:does not count|is )/.test(text))
    }

    const isRedacted = async (event: string) => Object.keys((await ann.event(room, event)).content).length === 0

    async function castVote({ id: pollId }: Poll, by: PersonName, optionId: string): Promise<void> {
      await app.services.ballotBox.submit({ pollId, command: { type: 'castVote', by, choices: picks(optionId) } })
    }

    test('a vote in the native poll is the vote of the person with that account, and a later one replaces it', async () => {
      const { poll, start, pizza, sushi } = await posted()
      await ann.vote(room, start, [sushi])
      await ben.vote(room, start, [pizza])
      expect(await votes(poll)).toEqual([1, 1, 0])
      await ann.vote(room, start, [pizza])
      expect(await votes(poll)).toEqual([2, 0, 0])
      await expect.poll(() => counts(start)).toEqual([2, 0, 0])
      // The bot and the ghosts have nothing to add.
      const senders = (await ann.relations(room, start)).map(({ sender }) => sender)
      expect(senders.sort()).toEqual([ann, ann, ben].map(({ userId }) => userId).sort())
      const browser = app.browser()
      await browser.get(pollPath(poll))
      expect(textOf(browser, '.voters')).toBe('Ben (Matrix) Ann (Matrix)')
    })

    test('an empty vote withdraws the vote', async () => {
      const { poll, start, pizza } = await posted()
      await ann.vote(room, start, [pizza])
      await ann.vote(room, start, [])
      expect((await now(poll)).totalVotes).toBe(0)
      await expect.poll(() => counts(start)).toEqual([0, 0, 0])
    })

    test('of too many answers, the first ones count, and the same answer counts once', async () => {
      const { poll, start, pizza, sushi, falafel } = await posted({ method: 'multiple_choice', maxChoices: 2 })
      await ann.vote(room, start, [falafel, pizza, sushi])
      await ben.vote(room, start, [pizza, pizza])
      expect(await votes(poll)).toEqual([2, 0, 1])
      await expect.poll(() => counts(start)).toEqual([2, 0, 1])
    })

    test('a vote as its person voted on the web counts once', async () => {
      const { poll, start, pizza, sushi } = await posted()
      await ann.vote(room, start, [sushi])
      await handled()
      const { person } = await app.database.prisma.unlinkedAccount.findFirstOrThrow({
        where: { accountId: ann.userId },
        include: { person: true },
      })
      await castVote(poll, person, pizza)
      await expect.poll(() => counts(start)).toEqual([1, 0, 0])
      const sendersOf = async () => (await ann.relations(room, start)).map(({ sender }) => sender)
      const ghost = app.bot.replace(':', `_${person.id}:`)
      expect(await sendersOf()).toEqual([ghost])
      await ann.vote(room, start, [pizza])
      expect(await votes(poll)).toEqual([1, 0, 0])
      await expect.poll(sendersOf).toEqual([ann.userId])
      expect(await counts(start)).toEqual([1, 0, 0])
    })

    test('a vote that comes before the thread is stored counts as soon as it is', async () => {
      const { poll, root, start, pizza } = await posted()
      const where = { pollId: poll.id, connectionId: connection }
      await app.database.prisma.mirror.updateMany({ where, data: { threadId: null, inFlightRevision: 1 } })
      const vote = await ann.vote(room, start, [pizza])
      const waiting = () => app.database.prisma.inboxMessage.findFirst({ where: { id: vote } })
      await expect.poll(async () => (await waiting())?.attempts).toBeGreaterThan(0)
      await app.database.prisma.mirror.updateMany({ where, data: { threadId: root, inFlightRevision: null } })
      expect(await votes(poll)).toEqual([1, 0, 0])
    })

    describe('a vote that does not count is redacted, and the thread says why, once:', () => {
      const malformed = ({ start }: Posted) =>
        ann.send(room, 'org.matrix.msc3381.poll.response', {
          'm.relates_to': { rel_type: 'm.reference', event_id: start },
          'org.matrix.msc3381.poll.response': { answers: 7 },
        })
      const forPizza = ({ start, pizza }: Posted) => ann.vote(room, start, [pizza])
      const forUnknown = ({ start, pizza }: Posted) => ann.vote(room, start, [pizza, 'unknown'])
      async function afterClosing(at: Posted): Promise<string> {
        await app.services.ballotBox.submit({ pollId: at.poll.id, command: { type: 'close', by: at.creator } })
        return forPizza(at)
      }
      async function afterTheLast(at: Posted): Promise<string> {
        await castVote(at.poll, await createPerson(app.database), at.pizza)
        return forPizza(at)
      }

      test.each<[string, Asked, (at: Posted) => Promise<string>, RegExp]>([
        ['one that is malformed', {}, malformed, /cannot read/],
        ['one with an unknown answer', {}, forUnknown, /not an option/],
        ['one in a closed poll', {}, afterClosing, /closed/],
        ['one for an option that is full', { capacity: 1 }, afterTheLast, /full/],
        ['one of somebody who is not on the list', { roll: ['Zoe'] }, forPizza, /not on it/],
        ['one of somebody who has to sign in', { votersSignedIn: true }, forPizza, /signed in/],
      ])('%s', async (_what, asked, act, reason) => {
        const at = await posted(asked)
        const before = (await refusals()).length
        const vote = await act(at)
        const said = (await refusals()).slice(before)
        expect(said).toEqual([expect.stringMatching(/^Ann: This vote does not count\. .* See the page: http/)])
        expect(said[0]).toMatch(reason)
        expect(await isRedacted(vote)).toBe(true)
        const expected = await votes(at.poll)
        await expect.poll(() => counts(at.start)).toEqual(expected)
      })

      test('another vote where votes are final', async () => {
        const { poll, start, pizza, sushi } = await posted({ votesFinal: true })
        const first = await ann.vote(room, start, [pizza])
        expect(await votes(poll)).toEqual([1, 0, 0])
        const before = (await refusals()).length
        const second = await ann.vote(room, start, [sushi])
        expect(await votes(poll)).toEqual([1, 0, 0])
        expect((await refusals()).slice(before)).toEqual([expect.stringContaining('votes are final')])
        expect([await isRedacted(first), await isRedacted(second)]).toEqual([false, true])
        expect(await counts(start)).toEqual([1, 0, 0])
      })

      test('one in a poll that has other options since', async () => {
        const { poll, root, creator, start, pizza } = await posted()
        await ann.vote(room, start, [pizza])
        const option = { id: newOptionId(), title: 'Soup' }
        await app.services.ballotBox.submit({ pollId: poll.id, command: { type: 'addOption', by: creator, option } })
        const next = await startIn(root, start)
        await expect.poll(() => isRedacted(start)).toBe(true)
        const before = (await refusals()).length
        const vote = await ben.vote(room, start, [pizza])
        expect((await refusals()).slice(before)).toEqual([
          expect.stringMatching(/^Ben: This vote does not count\. The poll has changed since\. Vote in the new one\./),
        ])
        expect(await isRedacted(vote)).toBe(true)
        await expect.poll(() => counts(next)).toEqual([1, 0, 0, 0])
      })

      test('also when the process dies before it notes that it was handled', async () => {
        const { start, pizza } = await posted({ roll: ['Zoe'] })
        const before = (await refusals()).length
        const vote = await ann.vote(room, start, [pizza])
        await handled()
        const content = JSON.stringify({ type: 'response', account: ann.userId, start, answers: [pizza] })
        const where = { chat: 'matrix', id: vote, doneAt: { not: null } }
        const { count } = await app.database.prisma.inboxMessage.updateMany({ where, data: { content, doneAt: null } })
        expect(count).toBe(1)
        expect((await refusals()).slice(before)).toHaveLength(1)
        const redactions = (await ann.messages(room)).filter(({ type }) => type === 'm.room.redaction')
        expect(redactions.filter((event) => JSON.stringify(event).includes(vote))).toHaveLength(1)
      })
    })

    test.each(['its voter', 'a moderator'])(
      'a vote that %s redacts stays, as only its voter withdraws it',
      async (who) => {
        const { poll, start, pizza } = await posted()
        const vote = await ben.vote(room, start, [pizza])
        expect(await votes(poll)).toEqual([1, 0, 0])
        await delivered(poll)
        await (who === 'a moderator' ? ann : ben).redact(room, vote)
        expect(await votes(poll)).toEqual([1, 0, 0])
        expect(await counts(start)).toEqual([1, 0, 0])
      },
    )

    test('a vote that its voter edits stays as it was, as clients would count the edit', async () => {
      const { poll, start, pizza, sushi } = await posted()
      const vote = await ben.vote(room, start, [pizza])
      expect(await votes(poll)).toEqual([1, 0, 0])
      await delivered(poll)
      const relatesTo = { rel_type: 'm.reference', event_id: start }
      await ben.send(room, pollTypes.response, {
        'm.new_content': { 'm.relates_to': relatesTo, [pollTypes.response]: { answers: [sushi] } },
        'm.relates_to': { rel_type: 'm.replace', event_id: vote },
      })
      expect(await votes(poll)).toEqual([1, 0, 0])
      expect([await isRedacted(vote), await counts(start)]).toEqual([true, [1, 0, 0]])
    })

    test('an end by somebody who has not created the poll is answered, and the poll continues in another one', async () => {
      const { poll, root, start, pizza } = await posted()
      await ben.vote(room, start, [pizza])
      expect(await votes(poll)).toEqual([1, 0, 0])
      await delivered(poll)
      const notices = async () => (await app.said(ann, room)).filter((text) => text.includes('voted for')).length
      const before = await notices()
      const end = await ann.endPoll(room, start)
      const next = await startIn(root, start)
      await expect.poll(() => counts(next)).toEqual([1, 0, 0])
      expect([await isEnded(next), await isRedacted(start), await isRedacted(end)]).toEqual([false, true, true])
      expect((await now(poll)).status).toBe('open')
      const answers = (await app.said(ann, room)).filter((text) => text.startsWith('Ann: Only the creator'))
      expect([answers.length, await notices()]).toEqual([1, before])
    })

    test('votes in native polls of others, and reactions, are no votes', async () => {
      const { poll, root, start, pizza } = await posted()
      const before = await refusals()
      const other = await ben.send(room, 'org.example.poll', { 'io.polldock.message': root })
      await ann.vote(room, other, [pizza])
      await ann.react(room, root, '1️⃣')
      await ann.react(room, start, '1️⃣')
      expect((await now(poll)).totalVotes).toBe(0)
      expect(await refusals()).toEqual(before)
    })

    describe('a native poll that a person starts', () => {
      const find = (id: string) =>
        app.database.prisma.poll.findUnique({
          where: { id: pollIdFrom(id) },
          include: { options: { orderBy: { position: 'asc' } }, mirrors: true, createdBy: true, text: true },
        })

      test('becomes a poll of that person, and the one of the bot takes its place', async () => {
        const start = await ann.startPoll(room, 'Lunch on Friday?', ['Pizza', 'Soup', 'Salad'], { max: 2 })
        await expect.poll(async () => (await find(start))?.mirrors[0]?.threadId).toMatch(/^\$/)
        const poll = await find(start)
        expect(poll).toMatchObject({ method: 'multiple_choice', maxChoices: 2, text: { title: 'Lunch on Friday?' } })
        expect(poll?.options.map(({ title }) => title)).toEqual(['Pizza', 'Soup', 'Salad'])
        expect(poll?.createdBy.name).toBe('Ann')
        await handled()
        expect(await isRedacted(start)).toBe(true)
        const said = (await app.said(ann, room)).filter((text) => text.startsWith('The poll of Ann is now'))
        expect(said).toEqual([expect.stringMatching(/See the page: http.*\/polls\/lunch-on-friday-/)])
        const next = await startIn(poll?.mirrors[0]?.threadId ?? '')
        await ben.vote(room, next, [poll?.options[1]?.id ?? ''])
        await expect.poll(() => counts(next)).toEqual([0, 1, 0])
        const early = await ben.vote(room, start, ['Pizza'])
        await handled()
        expect((await app.said(ann, room)).filter((text) => text.startsWith('Ben: This poll is'))).toHaveLength(1)
        expect(await isRedacted(early)).toBe(false)
      })

      test('is ended in a client by its creator, which closes the poll', async () => {
        const start = await ann.startPoll(room, 'For how long?', ['One day', 'Two days'])
        await expect.poll(async () => (await find(start))?.mirrors[0]?.threadId).toMatch(/^\$/)
        const next = await startIn((await find(start))?.mirrors[0]?.threadId ?? '')
        await ann.endPoll(room, next)
        await expect.poll(async () => (await find(start))?.status).toBe('closed')
        await expect.poll(() => isEnded(next)).toBe(true)
      })

      test('is not closed by another end of the one that was ended before the poll was reopened', async () => {
        const start = await ann.startPoll(room, 'Once more?', ['Yes', 'No'])
        await expect.poll(async () => (await find(start))?.mirrors[0]?.threadId).toMatch(/^\$/)
        const {
          id: pollId,
          createdBy: by,
          mirrors,
        } = (await find(start)) as NonNullable<Awaited<ReturnType<typeof find>>>
        const root = mirrors[0]?.threadId ?? ''
        const former = await startIn(root)
        await app.services.ballotBox.submit({ pollId, command: { type: 'close', by } })
        await expect.poll(() => isEnded(former)).toBe(true)
        await app.services.ballotBox.submit({ pollId, command: { type: 'reopen', by } })
        await startIn(root, former)
        await ann.endPoll(room, former)
        await handled()
        expect((await find(start))?.status).toBe('open')
      })

      test('with hidden results has hidden results', async () => {
        const start = await ann.send(room, 'org.matrix.msc3381.poll.start', {
          'org.matrix.msc3381.poll.start': {
            kind: 'org.matrix.msc3381.poll.undisclosed',
            question: { 'org.matrix.msc1767.text': 'Which film?' },
            answers: ['One', 'Two'].map((text) => ({ id: text, 'org.matrix.msc1767.text': text })),
          },
        })
        await expect.poll(async () => (await find(start))?.resultsVisible).toBe('after_closing')
        expect((await find(start))?.method).toBe('single_choice')
      })

      test.each<[string, () => Promise<string>, RegExp]>([
        ['that is malformed', () => ann.send(room, pollTypes.start, { [pollTypes.start]: 7 }), /cannot read it/],
        ['with one answer', () => ann.startPoll(room, 'Only one?', ['Yes']), /at least 2 options/],
        ['with the same answer twice', () => ann.startPoll(room, 'Same?', ['Yes', 'Yes']), /the same as option 1/],
        ['with a question that is too long', () => ann.startPoll(room, 'x'.repeat(201), ['a', 'b']), /too long/],
      ])('%s stays as it is, and the bot says why', async (_what, start, reason) => {
        const before = (await refusals()).length
        const id = await start()
        const said = (await refusals()).slice(before)
        expect(said).toEqual([expect.stringMatching(/^This poll is not one of Polldock\. /)])
        expect(said[0]).toMatch(reason)
        expect(await isRedacted(id)).toBe(false)
        expect(await find(id)).toBeNull()
      })

      test.each([
        ['redact it', 0, {}],
        ['post its own', 50, { [pollTypes.start]: 75 }],
      ])('stays as it is where the bot may not %s, and the bot says so', async (_what, level, events) => {
        await givePower(level, events)
        const before = (await refusals()).length
        const id = await ann.startPoll(room, 'Without power?', ['Yes', 'No'])
        expect((await refusals()).slice(before)).toEqual([
          expect.stringContaining('needs the power to post polls, to remove messages'),
        ])
        expect([await isRedacted(id), await find(id)]).toEqual([false, null])
        await givePower(50)
      })

      test.each(['createPolls', 'nativePolls'])('is none of ours where %s is off', async (setting) => {
        await choose({ [setting]: false })
        const before = await refusals()
        const id = await ann.startPoll(room, 'Among us?', ['Yes', 'No'])
        await ben.vote(room, id, ['Yes'])
        expect(await refusals()).toEqual(before)
        expect([await isRedacted(id), await find(id)]).toEqual([false, null])
        await choose({})
      })
    })
  })
}
