import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Database } from '../../src/database/database.ts'
import type { PersonName } from '../../src/people/model/person-name.ts'
import { BallotEncryption } from '../../src/polls/anonymous/encryption.ts'
import { AnonymousBallotQueries } from '../../src/polls/anonymous/queries.ts'
import { receiptOf } from '../../src/polls/anonymous/receipt.ts'
import { reencryptBallots } from '../../src/polls/anonymous/reencrypt.ts'
import { BallotBox } from '../../src/polls/ballot-box/ballot-box.ts'
import { saidOfAll } from '../../src/polls/model/choices/choices.ts'
import type { Command } from '../../src/polls/model/commands.ts'
import { newOptionId } from '../../src/polls/model/ids.ts'
import type { Choices, Poll } from '../../src/polls/model/poll.ts'
import { PollQueries } from '../../src/polls/queries/poll-queries.ts'
import { RankingCounter } from '../../src/polls/rankings/ranking-counter.ts'
import { type AnonymousVoter, anonymousVote, anonymousVoter, personOf } from '../support/anonymous-votes.ts'
import { TestClock } from '../support/clock.ts'
import { openTestDatabase } from '../support/database.ts'
import { picks } from '../support/picks.ts'
import { type Asked, createPeople, createPerson, createPoll, expectConsistent, refusalOf } from '../support/polls.ts'

const [key, otherKey] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)]
const seal = new BallotEncryption([key])
const clock = new TestClock()
let database: Database
let box: BallotBox
let queries: PollQueries
let secretBallots: AnonymousBallotQueries
let people: PersonName[]

beforeAll(async () => {
  database = await openTestDatabase()
  box = boxWith(seal)
  queries = new PollQueries(database.prisma)
  secretBallots = new AnonymousBallotQueries(database.prisma, seal)
  people = await createPeople(database, 300)
})

afterAll(() => database.close())

const boxWith = (own: BallotEncryption) => new BallotBox(database, clock.now, undefined, undefined, { encryption: own })
const newPoll = async (asked: Asked = {}) =>
  createPoll(box, await createPerson(database), { anonymous: true, ...asked })
const submit = ({ id }: Poll, command: Command) => box.submit({ pollId: id, command })
const stored = async ({ id }: Poll) => (await queries.view(id)).poll
const close = (poll: Poll) => submit(poll, { by: poll.createdBy, type: 'close' })
const voters = (count: number) => people.slice(0, count).map(anonymousVoter)
const rows = ({ id }: Poll) => database.prisma.secretBallot.findMany({ where: { pollId: id } })
const published = async ({ id }: Poll) => (await secretBallots.published(id, { limit: 1_000 })).ballots
const eventTypes = async ({ id }: Poll) => (await queries.events(id, { limit: 1_000 })).map(({ facts }) => facts.type)
const onBallot = (poll: Poll, { code }: AnonymousVoter) => secretBallots.choices(poll, code)
const titles = ({ options }: Poll, choices: Choices) =>
  choices.map(({ optionId }) => options.find(({ id }) => id === optionId)?.title)

/** Casts these votes one after the other, so each is a separate batch. */
async function castAll(poll: Poll, votes: readonly [AnonymousVoter, ...(number | string)[]][]): Promise<void> {
  for (const [voter, ...places] of votes) await submit(poll, anonymousVote(poll, voter, ...places))
}

describe('an anonymous vote', () => {
  test('is recorded as cast by the person, and found by the receipt alone', async () => {
    const poll = await newPoll()
    const [ada, bob] = voters(2) as [AnonymousVoter, AnonymousVoter]
    const { events, choices, hasVoted } = await submit(poll, anonymousVote(poll, ada, 1))
    expect(events.map(({ facts }) => facts)).toEqual([{ type: 'secret_vote_cast' }])
    expect(titles(poll, choices)).toEqual(['Sushi'])
    expect(hasVoted).toBe(true)
    expect(await onBallot(poll, ada)).toEqual(picks(poll.options[1]?.id))
    expect(await onBallot(poll, bob)).toEqual([])
    expect(await queries.view(poll.id, ada.id)).toMatchObject({ hasVoted: true, choices: [], poll: { totalVotes: 1 } })
    expect(await queries.view(poll.id, bob.id)).toMatchObject({ hasVoted: false })
    expect((await stored(poll)).options.map(({ votes }) => votes)).toEqual([0, 0, 0])
    await expectConsistent(database, poll.id)
  })

  test('is changed with its receipt, and not logged', async () => {
    const poll = await newPoll()
    const [ada] = voters(1) as [AnonymousVoter]
    const { poll: before } = await submit(poll, anonymousVote(poll, ada, 1))
    const changed = await submit(poll, anonymousVote(poll, ada, 2))
    expect(changed).toMatchObject({
      events: [],
      choices: picks(poll.options[2]?.id),
      poll: { revision: before.revision },
    })
    expect(await onBallot(poll, ada)).toEqual(picks(poll.options[2]?.id))
    expect(await rows(poll)).toHaveLength(1)
    expect(await eventTypes(poll)).toEqual(['created', 'secret_vote_cast'])
  })

  test('is withdrawn with its receipt, and can be cast again with another', async () => {
    const poll = await newPoll()
    const [ada] = voters(1) as [AnonymousVoter]
    await submit(poll, anonymousVote(poll, ada, 1))
    await submit(poll, { by: personOf(ada), type: 'withdrawVote', receipt: ada.receipt })
    expect(await rows(poll)).toEqual([])
    expect(await queries.view(poll.id, ada.id)).toMatchObject({ hasVoted: false, poll: { totalVotes: 0 } })
    await submit(poll, anonymousVote(poll, anonymousVoter(ada), 0))
    expect(await eventTypes(poll)).toEqual(['created', 'secret_vote_cast', 'secret_vote_withdrawn', 'secret_vote_cast'])
    await expectConsistent(database, poll.id)
  })

  test.each<[string, (ada: AnonymousVoter, bob: AnonymousVoter) => object]>([
    ['no receipt', (ada) => ({ by: personOf(ada), receipt: undefined })],
    ['a receipt that nobody has', (ada) => ({ by: personOf(ada), receipt: anonymousVoter(ada).receipt })],
  ])('cannot be changed or withdrawn with %s', async (_, own) => {
    const poll = await newPoll()
    const [ada, bob] = voters(2) as [AnonymousVoter, AnonymousVoter]
    await castAll(poll, [
      [ada, 1],
      [bob, 2],
    ])
    const cast = { ...anonymousVote(poll, ada, 0), ...own(ada, bob) } as Command
    expect(await refusalOf(submit(poll, cast))).toBe('receipt_required')
    const withdrawal = { type: 'withdrawVote', ...own(ada, bob) } as Command
    expect(await refusalOf(submit(poll, withdrawal))).toBe('receipt_required')
    expect(await onBallot(poll, ada)).toEqual(picks(poll.options[1]?.id))
  })

  test('can be changed with its receipt, also on another device, and withdrawn only by the voter', async () => {
    const poll = await newPoll()
    const [ada, bob] = voters(2) as [AnonymousVoter, AnonymousVoter]
    await submit(poll, anonymousVote(poll, ada, 1))
    await submit(poll, { ...anonymousVote(poll, bob, 0), receipt: ada.receipt } as Command)
    expect(await onBallot(poll, ada)).toEqual(picks(poll.options[0]?.id))
    const withdrawal = { by: personOf(bob), type: 'withdrawVote', receipt: ada.receipt } as const
    expect(await refusalOf(submit(poll, withdrawal))).toBe('forbidden')
    expect(await rows(poll)).toHaveLength(1)
    expect(await queries.view(poll.id, bob.id)).toMatchObject({ hasVoted: false, poll: { totalVotes: 1 } })
  })

  test('sent twice is one ballot', async () => {
    const poll = await newPoll()
    const [ada] = voters(1) as [AnonymousVoter]
    const [one, again] = await Promise.all([1, 1].map((place) => submit(poll, anonymousVote(poll, ada, place))))
    expect([one?.events.length, again?.events.length]).toEqual([1, 0])
    expect(await rows(poll)).toHaveLength(1)
  })

  test('of one person through two processes at once is one ballot', async () => {
    const poll = await newPoll()
    const other = boxWith(seal)
    const [ada, again] = [anonymousVoter(people[0] as PersonName), anonymousVoter(people[0] as PersonName)]
    const outcomes = await Promise.allSettled([
      submit(poll, anonymousVote(poll, ada, 1)),
      other.submit({ pollId: poll.id, command: anonymousVote(poll, again, 2) }),
    ])
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    expect(await rows(poll)).toHaveLength(1)
    await expectConsistent(database, poll.id)
  })

  test('is built up option by option, and reordered', async () => {
    const [ada] = voters(1) as [AnonymousVoter]
    const own = { by: personOf(ada), receipt: ada.receipt, type: 'chooseOption' } as const
    const several = await newPoll({ method: 'multiple_choice' })
    const [pizza = '', sushi = ''] = several.options.map(({ id }) => id)
    for (const optionId of [sushi, pizza]) await submit(several, { ...own, optionId, isChosen: true })
    expect(await onBallot(several, ada)).toEqual(picks(pizza, sushi))
    for (const optionId of [sushi, pizza]) await submit(several, { ...own, optionId, isChosen: false })
    expect(await eventTypes(several)).toEqual(['created', 'secret_vote_cast', 'secret_vote_withdrawn'])

    const ranked = await newPoll({ method: 'ranked' })
    const [first = '', second = ''] = ranked.options.map(({ id }) => id)
    for (const optionId of [first, second]) await submit(ranked, { ...own, optionId, isChosen: true })
    await submit(ranked, { ...own, optionId: second, isChosen: true, place: 1 })
    expect(await onBallot(ranked, ada)).toEqual(picks(second, first))
  })

  test('cannot change if votes are final', async () => {
    const poll = await newPoll({ votesFinal: true, method: 'multiple_choice' })
    const [ada] = voters(1) as [AnonymousVoter]
    await submit(poll, anonymousVote(poll, ada, 1))
    expect(await refusalOf(submit(poll, anonymousVote(poll, ada, 0)))).toBe('vote_final')
    const withdrawal = { by: personOf(ada), type: 'withdrawVote', receipt: ada.receipt } as const
    expect(await refusalOf(submit(poll, withdrawal))).toBe('vote_final')
    await submit(poll, anonymousVote(poll, ada, 0, 1))
    expect(await onBallot(poll, ada)).toHaveLength(2)
  })

  test('has to be a valid ballot', async () => {
    const poll = await newPoll()
    const [ada] = voters(1) as [AnonymousVoter]
    expect(await refusalOf(submit(poll, anonymousVote(poll, ada, 0, 1)))).toBe('invalid_choices')
    expect(await refusalOf(submit(poll, anonymousVote(poll, ada, 9)))).toBe('unknown_option')
    expect(await rows(poll)).toEqual([])
  })
})

describe('when an anonymous poll closes', () => {
  const four = () => voters(4) as [AnonymousVoter, AnonymousVoter, AnonymousVoter, AnonymousVoter]
  const [day, next] = ['2030-01-01', '2030-01-02']

  test.each<[Asked, (number | string)[][], number[], object]>([
    [{}, [[0], [1], [1], [2]], [1, 2, 1], { kind: 'winner', votes: 2 }],
    [{ method: 'multiple_choice' }, [[0, 1], [1], [1, 2], [2]], [1, 3, 2], { kind: 'winner', votes: 3 }],
    [{ method: 'score' }, [['0=5'], ['0=1', '1=4'], ['2=3'], ['1=2']], [6, 6, 3], { kind: 'tie', votes: 6 }],
    [{ method: 'ranked' }, [[0], [1], [1, 2], [2, 1]], [1, 2, 1], { kind: 'winner' }],
    [
      { method: 'dates', options: [day, next] },
      [['0=yes'], ['0=if_need_be', '1=yes'], ['0=yes', '1=no'], ['1=if_need_be']],
      [2, 1],
      { kind: 'winner', votes: 3 },
    ],
  ])('the ballots are counted and published (%o)', async (asked, ballots, votes, outcome) => {
    const poll = await newPoll(asked)
    const cast = four().map((voter, index): [AnonymousVoter, ...(number | string)[]] => [
      voter,
      ...(ballots[index] ?? []),
    ])
    await castAll(poll, cast)
    const before = await Promise.all(cast.map(([voter]) => onBallot(poll, voter)))
    const { events } = await close(poll)
    expect(events[0]?.facts).toMatchObject({ type: 'closed', outcome })
    const closed = await stored(poll)
    expect(closed.options.map((option) => option.votes)).toEqual(votes)
    expect(await rows(poll)).toEqual([])
    const opened = await published(poll)
    expect(opened).toHaveLength(4)
    for (const [index, [{ code }]] of cast.entries()) {
      const hash = createHash('sha256').update(code).digest('hex')
      const choices = saidOfAll(poll, before[index] ?? [])
      expect(opened).toContainEqual({ hash, choices })
      expect(await secretBallots.choices(closed, code)).toEqual(choices)
    }
    const winners = (await new RankingCounter(database.prisma).of(closed))?.instantRunoff.winners
    expect(winners?.length).toBe(poll.method === 'ranked' ? 1 : undefined)
    await expectConsistent(database, poll.id)
  })

  test('votes in the same batch are counted', async () => {
    const poll = await newPoll()
    const done = await Promise.allSettled([
      ...four().map((voter) => submit(poll, anonymousVote(poll, voter, 0))),
      close(poll),
      submit(poll, anonymousVote(poll, anonymousVoter(people[9] as PersonName), 1)),
    ])
    expect(done.map(({ status }) => status)).toEqual([...Array(5).fill('fulfilled'), 'rejected'])
    expect((await stored(poll)).options.map(({ votes }) => votes)).toEqual([4, 0, 0])
    expect(await published(poll)).toHaveLength(4)
  })

  test('ballots look alike, however many options they leave out', async () => {
    const poll = await newPoll({ method: 'score' })
    const [ada, bob, cem] = four()
    await castAll(poll, [
      [ada, '1=4'],
      [bob, '0=0', '1=4', '2=0'],
      [cem, '0=1'],
    ])
    await close(poll)
    const said = (await published(poll)).map(({ choices }) => choices.map(({ grade }) => grade).join())
    expect(said.sort()).toEqual(['0,4,0', '0,4,0', '1,0,0'])
  })

  test('with too few ballots, one batch reopens the poll and collects more', async () => {
    const [ada, bob, cem] = four()
    const closedPoll = async () => {
      const poll = await newPoll()
      await castAll(poll, [
        [ada, 0],
        [bob, 1],
      ])
      await close(poll)
      return poll
    }
    const reopening = (poll: Poll) => submit(poll, { by: poll.createdBy, type: 'reopen' })
    const voted = await closedPoll()
    await Promise.all([reopening(voted), submit(voted, anonymousVote(voted, cem, 1)), close(voted)])
    expect((await stored(voted)).options.map(({ votes }) => votes)).toEqual([1, 2, 0])
    const closed = await closedPoll()
    await Promise.all([reopening(closed), close(closed)])
    const changed = await closedPoll()
    await Promise.all([reopening(changed), submit(changed, anonymousVote(changed, ada, 2))])
    expect(await onBallot(changed, ada)).toEqual(picks(changed.options[2]?.id))
    for (const poll of [voted, closed, changed]) await expectConsistent(database, poll.id)
  })

  test('the poll cannot be reopened, changed or voted in', async () => {
    const poll = await newPoll()
    const [ada, bob, cem, dan] = four()
    await castAll(poll, [
      [ada, 0],
      [bob, 0],
      [cem, 1],
    ])
    await close(poll)
    expect(await refusalOf(submit(poll, { by: poll.createdBy, type: 'reopen' }))).toBe('ballots_published')
    expect(await refusalOf(submit(poll, anonymousVote(poll, ada, 1)))).toBe('poll_closed')
    expect(await refusalOf(submit(poll, anonymousVote(poll, dan, 1)))).toBe('poll_closed')
    const withdrawal = { by: personOf(ada), type: 'withdrawVote', receipt: ada.receipt } as const
    expect(await refusalOf(submit(poll, withdrawal))).toBe('poll_closed')
    expect(await published(poll)).toHaveLength(3)
  })

  test('with fewer than three ballots none is opened, and the poll can be reopened', async () => {
    const poll = await newPoll()
    const [ada, bob, cem] = four()
    await castAll(poll, [
      [ada, 0],
      [bob, 1],
    ])
    const { events } = await close(poll)
    expect(events[0]?.facts).toEqual({ type: 'closed', outcome: { kind: 'no_quorum', options: [], votes: 0 } })
    expect((await stored(poll)).options.map(({ votes }) => votes)).toEqual([0, 0, 0])
    expect(await published(poll)).toEqual([])
    expect(await rows(poll)).toHaveLength(2)
    await submit(poll, { by: poll.createdBy, type: 'reopen' })
    await submit(poll, anonymousVote(poll, cem, 1))
    await close(poll)
    expect((await stored(poll)).options.map(({ votes }) => votes)).toEqual([1, 2, 0])
    await expectConsistent(database, poll.id)
  })

  test('with fewer ballots than the quorum none is opened', async () => {
    const poll = await newPoll({ quorum: 5 })
    await castAll(
      poll,
      four().map((voter) => [voter, 0]),
    )
    await close(poll)
    expect(await published(poll)).toEqual([])
    expect(await rows(poll)).toHaveLength(4)
  })

  test('a poll without votes says so', async () => {
    const poll = await newPoll()
    expect((await close(poll)).events[0]?.facts).toMatchObject({ outcome: { kind: 'no_votes' } })
    expect(await published(poll)).toEqual([])
  })

  test('the closing time or the last vote may close it', async () => {
    const timed = await newPoll({ closesAt: new Date(clock.now().getTime() + 60_000) })
    const counted = await newPoll({ electorate: 4 })
    for (const poll of [timed, counted])
      await castAll(
        poll,
        four().map((voter) => [voter, 1]),
      )
    clock.advance(60_000)
    await submit(timed, { by: timed.createdBy, type: 'closeOnTime' })
    for (const poll of [timed, counted]) {
      expect(await stored(poll)).toMatchObject({
        status: 'closed',
        options: [{ votes: 0 }, { votes: 4 }, { votes: 0 }],
      })
      expect(await published(poll)).toHaveLength(4)
    }
  })
})

describe('the database of an anonymous poll', () => {
  type Stored = { row: string; xmin: string; xmax: string }

  /** All rows of a table in stored order, with the database's system columns. */
  const table = (name: string) =>
    database.prisma.$queryRawUnsafe<Stored[]>(
      `SELECT t::text AS row, t.xmin::text AS xmin, t.xmax::text AS xmax FROM "${name}" t ORDER BY t.ctid`,
    )
  const tables = async () => {
    const names = await database.prisma.$queryRaw<{ name: string }[]>`
      SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'`
    return Promise.all(names.map(async ({ name }) => ({ name, rows: await table(name) })))
  }
  const ofPoll =
    ({ id }: Poll) =>
    (one: Stored) =>
      one.row.includes(id)

  test('does not show who voted what, the order of ballots, or the length of a ballot', async () => {
    const poll = await newPoll({ method: 'multiple_choice' })
    const cast = voters(30)
    await castAll(
      poll,
      cast.map((voter, index) => [voter, ...[0, 1, 2].slice(index % 3)]),
    )
    const [ada] = cast as [AnonymousVoter]
    await submit(poll, anonymousVote(poll, ada, 2))
    const all = (await tables()).flatMap(({ name, rows: found }) => found.map((one) => ({ name, ...one })))
    const optionIds = poll.options.map(({ id }) => id)
    for (const { row } of all.filter(({ row }) => cast.some(({ id }) => row.includes(id))))
      expect(optionIds.filter((id) => row.includes(id))).toEqual([])
    for (const { code, receipt } of cast) {
      expect(all.filter(({ row }) => row.includes(code) || row.includes(receipt.hash))).toEqual([])
      expect(all.filter(({ row }) => row.includes(receipt.lookup)).map(({ name }) => name)).toEqual(['secret_ballots'])
    }
    const ballots = (await table('secret_ballots')).filter(ofPoll(poll))
    expect(new Set(ballots.map(({ row }) => row.length)).size).toBe(1)
    expect(new Set(ballots.map(({ xmin, xmax }) => `${xmin} ${xmax}`)).size).toBe(1)
    const order = ballots.map(({ row }) => cast.findIndex(({ receipt }) => row.includes(receipt.lookup)))
    expect(order.toSorted((one, other) => one - other)).toEqual(cast.map((_, index) => index))
    expect(order).not.toEqual(cast.map((_, index) => index))
  })

  test('gets no statement with both a person and their vote', async () => {
    const [secret, open] = [await newPoll(), await newPoll({ anonymous: false })]
    const row = { personId: people[0]?.id ?? '', revision: 1 }
    const create = ({ id: pollId }: Poll, choices: string[]) =>
      database.prisma.ballot.create({ data: { ...row, pollId, choices } })
    await expect(create(secret, ['pizza'])).rejects.toThrow(/have no choices/)
    await expect(create(open, [])).rejects.toThrow(/have no choices/)
    await create(secret, [])
    const where = { pollId_personId: { pollId: secret.id, personId: row.personId } }
    await expect(database.prisma.ballot.update({ where, data: { choices: ['pizza'] } })).rejects.toThrow(
      /have no choices/,
    )
  })

  test('has ballots by their hashes after closing, and no trace of the earlier keys', async () => {
    const poll = await newPoll()
    const cast = voters(10)
    await castAll(
      poll,
      cast.map((voter, index) => [voter, index % 3]),
    )
    await close(poll)
    const all = (await tables()).flatMap(({ name, rows: found }) => found.map((one) => ({ name, ...one })))
    for (const { code, receipt } of cast) {
      expect(all.filter(({ row }) => row.includes(code) || row.includes(receipt.lookup))).toEqual([])
      expect(all.filter(({ row }) => row.includes(receipt.hash)).map(({ name }) => name)).toEqual(['published_ballots'])
    }
    const ballots = (await table('published_ballots')).filter(ofPoll(poll)).map(({ row }) => row)
    expect(ballots).toEqual(ballots.toSorted())
  })

  test('of a large box is rewritten in pools; every ballot is found, changed and counted', async () => {
    const poll = await newPoll()
    const cast = voters(260)
    await castAll(
      poll,
      cast.map((voter, index) => [voter, index % 2]),
    )
    const found = await rows(poll)
    const pool = found.filter(({ settled }) => !settled)
    expect(found).toHaveLength(260)
    expect(pool.length).toBeGreaterThanOrEqual(100)
    expect(pool.length).toBeLessThanOrEqual(200)
    const inPool = (await table('secret_ballots')).filter(ofPoll(poll)).filter(({ row }) => row.endsWith(',f)'))
    expect(new Set(inPool.map(({ xmin }) => xmin)).size).toBe(1)
    const settled = cast.filter(({ receipt }) => found.some((row) => row.settled && row.lookup === receipt.lookup))
    const [some] = settled as [AnonymousVoter]
    await submit(poll, anonymousVote(poll, some, 2))
    expect(await onBallot(poll, some)).toEqual(picks(poll.options[2]?.id))
    await close(poll)
    expect((await stored(poll)).options.reduce((sum, { votes }) => sum + votes, 0)).toBe(260)
    expect((await stored(poll)).options[2]?.votes).toBe(1)
    await expectConsistent(database, poll.id)
  }, 60_000)

  test('cannot be decrypted with another secret, without harm to other polls; with the old secret too, it is encrypted again', async () => {
    const poll = await newPoll()
    const cast = voters(3)
    await castAll(
      poll,
      cast.map((voter) => [voter, 0]),
    )
    const [ada] = cast as [AnonymousVoter]
    const another = boxWith(new BallotEncryption([otherKey]))
    await expect(another.submit({ pollId: poll.id, command: { by: poll.createdBy, type: 'close' } })).rejects.toThrow(
      /SECRET/,
    )
    const open = await createPoll(another, await createPerson(database))
    const [vote, comment] = await Promise.allSettled([
      another.submit({ pollId: poll.id, command: anonymousVote(poll, ada, 1) }),
      another.submit({ pollId: open.id, command: { by: ada, type: 'comment', body: 'Here I can.' } }),
    ])
    expect([vote?.status, comment?.status]).toEqual(['rejected', 'fulfilled'])
    const replacing = new BallotEncryption([otherKey, key])
    expect(await reencryptBallots(database.prisma, replacing)).toBeGreaterThanOrEqual(3)
    expect(await reencryptBallots(database.prisma, replacing)).toBe(0)
    const { choices } = await another.submit({ pollId: poll.id, command: anonymousVote(poll, ada, 1) })
    expect(titles(poll, choices)).toEqual(['Sushi'])
    await another.submit({ pollId: poll.id, command: { by: poll.createdBy, type: 'close' } })
    expect((await stored(poll)).options.map(({ votes }) => votes)).toEqual([2, 1, 0])
  })
})

test('nobody adds an option after the first vote, as a ballot would reveal when it was cast', async () => {
  const poll = await newPoll({ optionsModerated: true })
  const [ada] = voters(1) as [AnonymousVoter]
  const add = (by: PersonName, title: string) =>
    submit(poll, { by, type: 'addOption', option: { id: newOptionId(), title } })
  await add(poll.createdBy, 'Soup')
  const { poll: proposed } = await add(personOf(ada), 'Noodles')
  await submit(poll, anonymousVote(poll, ada, 1))
  expect(await refusalOf(add(poll.createdBy, 'Rice'))).toBe('poll_has_votes')
  const optionId = proposed.proposals[0]?.id ?? ''
  expect(await refusalOf(submit(poll, { by: poll.createdBy, type: 'approveProposal', optionId }))).toBe(
    'poll_has_votes',
  )
})

test('the log does not mention that a guest who has voted signs in', async () => {
  const poll = await newPoll()
  const [guest, person] = voters(2) as [AnonymousVoter, AnonymousVoter]
  await submit(poll, anonymousVote(poll, guest, 0))
  await submit(poll, { by: personOf(person), type: 'mergeGuest', guest: personOf(guest) })
  expect(await eventTypes(poll)).toEqual(['created', 'secret_vote_cast'])
  const ballots = await database.prisma.ballot.findMany({ where: { pollId: poll.id } })
  expect(ballots.map(({ personId }) => personId)).toEqual([person.id])
  expect(await refusalOf(submit(poll, anonymousVote(poll, anonymousVoter(person), 1)))).toBe('receipt_required')
})

test('a guest who signs in as a person who has voted too leaves both ballots, as nobody knows which ones', async () => {
  const poll = await newPoll()
  const [guest, person, other] = voters(3) as [AnonymousVoter, AnonymousVoter, AnonymousVoter]
  await castAll(poll, [
    [guest, 0],
    [person, 1],
    [other, 2],
  ])
  await submit(poll, { by: personOf(person), type: 'mergeGuest', guest: personOf(guest) })
  expect((await queries.view(poll.id, guest.id)).hasVoted).toBe(false)
  expect(await queries.view(poll.id, person.id)).toMatchObject({ hasVoted: true, poll: { totalVotes: 3 } })
  await close(poll)
  expect((await stored(poll)).options.map(({ votes }) => votes)).toEqual([1, 1, 1])
})

test('nobody can change who may vote after the first anonymous vote', async () => {
  const poll = await newPoll()
  await submit(poll, { by: poll.createdBy, type: 'edit', votersSignedIn: true })
  await submit(poll, { by: poll.createdBy, type: 'edit', votersSignedIn: false })
  await submit(poll, anonymousVote(poll, voters(1)[0] as AnonymousVoter, 0))
  expect(await refusalOf(submit(poll, { by: poll.createdBy, type: 'edit', votersSignedIn: true }))).toBe(
    'poll_has_votes',
  )
})

test('a receipt is found in any spelling, and by its hash as anybody can compute it', () => {
  const { code } = anonymousVoter({ id: 'ada', name: 'Ada' })
  expect(receiptOf(code).hash).toBe(createHash('sha256').update(code).digest('hex'))
  expect(receiptOf(code).lookup).not.toBe(receiptOf(code).hash)
})
