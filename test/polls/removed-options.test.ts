import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Database } from '../../src/database/database.ts'
import type { PersonName } from '../../src/people/model/person-name.ts'
import { BallotBox } from '../../src/polls/ballot-box/ballot-box.ts'
import type { Command } from '../../src/polls/model/commands.ts'
import type { Poll } from '../../src/polls/model/poll.ts'
import type { PollMethod } from '../../src/polls/model/poll-rules.ts'
import { PollQueries } from '../../src/polls/queries/poll-queries.ts'
import { TestClock } from '../support/clock.ts'
import { openTestDatabase } from '../support/database.ts'
import { picks } from '../support/picks.ts'
import { type Asked, createPeople, createPoll, expectConsistent, refusalOf } from '../support/polls.ts'

let database: Database
let box: BallotBox
let queries: PollQueries
let ann: PersonName
let bob: PersonName
let cem: PersonName
let dee: PersonName

beforeAll(async () => {
  database = await openTestDatabase()
  box = new BallotBox(database, new TestClock().now)
  queries = new PollQueries(database.prisma)
  ;[ann, bob, cem, dee] = (await createPeople(database, 4)) as [PersonName, PersonName, PersonName, PersonName]
})

afterAll(() => database.close())

const submit = ({ id }: Poll, command: Command) => box.submit({ pollId: id, command })
const remove = (poll: Poll, index: number, isConfirmed = true) =>
  submit(poll, { by: ann, type: 'removeOption', optionId: poll.options[index]?.id ?? '', isConfirmed })
const cast = (poll: Poll, by: PersonName, ...choices: string[]) =>
  submit(poll, { by, type: 'castVote', choices: picks(...choices) })
const ids = (poll: Poll) => poll.options.map(({ id }) => id) as [string, string, string]

/** The ballots of Bob, Cem and Dee, of which the first two name the first option. `left` is what stays of them. */
const methods: Record<PollMethod, { asked?: Asked; cast(ids: string[]): string[][]; left(ids: string[]): string[][] }> =
  {
    single_choice: { cast: ([a, b]) => [[a], [a], [b]] as string[][], left: ([, b]) => [[], [], [b]] as string[][] },
    multiple_choice: {
      cast: ([a, b, c]) => [[a, b], [a], [b, c]] as string[][],
      left: ([, b, c]) => [[b], [], [b, c]] as string[][],
    },
    ranked: {
      cast: ([a, b, c]) => [[a, c, b], [a], [b, a]] as string[][],
      left: ([, b, c]) => [[c, b], [], [b]] as string[][],
    },
    score: {
      cast: ([a, b]) => [[`${a}=5`, `${b}=2`], [`${a}=3`], [`${b}=4`]],
      left: ([, b]) => [[`${b}=2`], [], [`${b}=4`]],
    },
    dates: {
      asked: { options: ['2026-12-24', '2026-12-25', '2026-12-26'] },
      cast: ([a, b]) => [[`${a}=yes`, `${b}=if_need_be`], [`${a}=no`], [`${b}=yes`]],
      left: ([, b]) => [[`${b}=if_need_be`], [], [`${b}=yes`]],
    },
  }

test.each(Object.keys(methods) as PollMethod[])('counts stay right when an option is removed: %s', async (method) => {
  const { asked, cast: ballots, left } = methods[method]
  const poll = await createPoll(box, ann, { method, ...asked })
  for (const [index, choices] of ballots(ids(poll)).entries())
    await cast(poll, [bob, cem, dee][index] as PersonName, ...choices)
  expect(await refusalOf(remove(poll, 0, false))).toBe('unconfirmed')
  const { poll: after } = await remove(poll, 0)
  expect(after.options).toHaveLength(2)
  expect(after.totalVotes).toBe(left(ids(poll)).filter((choices) => choices.length > 0).length)
  for (const [index, choices] of left(ids(poll)).entries()) {
    const view = await queries.view(poll.id, [bob, cem, dee][index]?.id)
    expect(view.choices).toEqual(picks(...choices))
    expect(view.hasVoted).toBe(choices.length > 0)
  }
  await expectConsistent(database, poll.id)
  // The others can be counted, too, and people can vote again.
  await cast(after, cem, ...(ballots(ids(poll))[2]?.filter((choice) => !choice.startsWith(ids(poll)[0])) ?? []))
  await submit(after, { by: ann, type: 'close' })
  await expectConsistent(database, poll.id)
})

test('voters read of it until they vote again', async () => {
  const poll = await createPoll(box, ann, { votesFinal: true })
  await cast(poll, bob, ids(poll)[0])
  await remove(poll, 0)
  const title = 'Pizza'
  expect((await queries.view(poll.id, bob.id)).notice).toEqual({ kind: 'option_removed', title, hasVote: false })
  expect((await queries.view(poll.id, cem.id)).notice).toBeUndefined()
  await cast(poll, bob, ids(poll)[1])
  expect((await queries.view(poll.id, bob.id)).notice).toBeUndefined()
  await expectConsistent(database, poll.id)
})

test('an option without votes goes without a question, and its title can be added again', async () => {
  const poll = await createPoll(box, ann)
  await cast(poll, bob, ids(poll)[1])
  const { events } = await remove(poll, 0, false)
  expect(events[0]?.facts).toEqual({ type: 'option_removed', option: { id: ids(poll)[0], title: 'Pizza' } })
  await submit(poll, { by: ann, type: 'addOption', option: { id: 'pizza2', title: 'Pizza' } })
  expect(await refusalOf(cast(poll, cem, ids(poll)[0]))).toBe('unknown_option')
  await expectConsistent(database, poll.id)
})

test('people on the voter list can vote again when their option is removed', async () => {
  const poll = await createPoll(box, ann, { roll: [bob.name, cem.name] })
  await cast(poll, bob, ids(poll)[0])
  await remove(poll, 0)
  expect(await queries.voterList(poll, ann)).toEqual([
    { name: bob.name, hasVoted: false },
    { name: cem.name, hasVoted: false },
  ])
  await cast(poll, bob, ids(poll)[1])
  await expectConsistent(database, poll.id)
})

test('a guest’s empty ballot does not replace or count as a vote', async () => {
  const [guest] = (await createPeople(database, 1)) as [PersonName]
  const poll = await createPoll(box, ann)
  await cast(poll, bob, ids(poll)[1])
  await cast(poll, guest, ids(poll)[0])
  await remove(poll, 0)
  await submit(poll, { by: bob, type: 'mergeGuest', guest })
  expect((await queries.view(poll.id, bob.id)).choices).toEqual(picks(ids(poll)[1]))
  await expectConsistent(database, poll.id)
})

test('what removal would reveal, and what it cannot do, is refused', async () => {
  const hidden = await createPoll(box, ann, { resultsVisible: 'after_closing' })
  await cast(hidden, bob, ids(hidden)[1])
  expect(await refusalOf(remove(hidden, 0))).toBe('poll_has_votes')
  const two = await createPoll(box, ann, { options: ['A', 'B'] })
  expect(await refusalOf(remove(two, 0))).toBe('too_few_options')
  const poll = await createPoll(box, ann)
  const optionId = ids(poll)[0]
  expect(await refusalOf(submit(poll, { by: bob, type: 'removeOption', optionId }))).toBe('forbidden')
  await submit(poll, { by: ann, type: 'close' })
  expect(await refusalOf(remove(poll, 0))).toBe('poll_closed')
})
