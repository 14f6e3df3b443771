import { setImmediate, setTimeout } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import type { Database } from '../../src/database/database.ts'
import { openPostgres } from '../../src/database/open.ts'
import { Refusal } from '../../src/errors.ts'
import type { PersonName } from '../../src/people/model/person-name.ts'
import { BallotBox } from '../../src/polls/ballot-box/ballot-box.ts'
import type { CommandResult } from '../../src/polls/ballot-box/batch.ts'
import type { Command } from '../../src/polls/model/commands.ts'
import type { Poll } from '../../src/polls/model/poll.ts'
import { castVote } from '../support/cast-vote.ts'
import { createPostgresDatabase, openTestDatabase } from '../support/database.ts'
import { createPeople, createPerson, createPoll, expectConsistent } from '../support/polls.ts'
import { startVoters } from '../support/voters.ts'

const clock = () => new Date()
let database: Database
let boxes: [BallotBox, BallotBox]

beforeAll(async () => {
  database = await openTestDatabase()
  boxes = [new BallotBox(database, clock), new BallotBox(database, clock)]
})

afterAll(() => database.close())

const ballots = ({ id }: Poll) => database.prisma.ballot.findMany({ where: { pollId: id } })

test('50 pairs of simultaneous votes by one person leave one ballot each', async () => {
  const people = await createPeople(database, 50)
  const poll = await createPoll(boxes[0], await createPerson(database))
  const pairs = people.flatMap((by) =>
    boxes.map((box, index) => box.submit({ pollId: poll.id, command: castVote(poll, by, index) })),
  )
  await Promise.all(pairs)
  const left = await ballots(poll)
  expect(left.map(({ personId }) => personId).sort()).toEqual(people.map(({ id }) => id).sort())
  await expectConsistent(database, poll.id)
})

test('50 pairs of a vote and a withdrawal match the log', async () => {
  const people = await createPeople(database, 50)
  const poll = await createPoll(boxes[0], await createPerson(database))
  await Promise.all(people.map((by) => boxes[0].submit({ pollId: poll.id, command: castVote(poll, by) })))
  await Promise.all(
    people.flatMap((by) => [
      boxes[0].submit({ pollId: poll.id, command: castVote(poll, by, 1) }),
      boxes[1].submit({ pollId: poll.id, command: { by, type: 'withdrawVote' } }),
    ]),
  )
  await expectConsistent(database, poll.id)
})

test('votes during a closing count if they succeeded, and not if they were refused', async () => {
  const people = await createPeople(database, 200)
  const creator = await createPerson(database)
  const poll = await createPoll(boxes[0], creator)
  const votes = people.map(async (by, index) => {
    await setTimeout(index % 20)
    return boxes[0].submit({ pollId: poll.id, command: castVote(poll, by, index % 3) })
  })
  const closing = setTimeout(10).then(() =>
    boxes[1].submit({ pollId: poll.id, command: { by: creator, type: 'close' } }),
  )
  const [outcomes, closed] = await Promise.all([Promise.allSettled(votes), closing])

  const voters = outcomes.flatMap(({ status }, index) => (status === 'fulfilled' ? [people[index]?.id] : []))
  expect((await ballots(poll)).map(({ personId }) => personId).sort()).toEqual(voters.sort())
  const refusals = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason.code] : []))
  expect(refusals).toEqual(refusals.map(() => 'poll_closed'))
  const { revision } = await database.prisma.poll.findUniqueOrThrow({ where: { id: poll.id } })
  expect(closed.events[0]?.revision).toBe(revision)
  await expectConsistent(database, poll.id)
})

test('simultaneous additions of the same option add it once', async () => {
  const people = await createPeople(database, 20)
  const poll = await createPoll(boxes[0], await createPerson(database))
  const added = people.map((by, index): Promise<unknown> => {
    const command: Command = {
      by,
      type: 'addOption',
      option: { id: `soup${index}`, title: index % 2 ? 'Soup' : ' SOUP ' },
    }
    return (boxes[index % 2] as BallotBox).submit({ pollId: poll.id, command })
  })
  const outcomes = await Promise.allSettled(added)
  expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  expect(outcomes.every((outcome) => outcome.status === 'fulfilled' || outcome.reason instanceof Refusal)).toBe(true)
  await expectConsistent(database, poll.id)
})

test('commands for the same polls in opposite order do not deadlock', async () => {
  const people = await createPeople(database, 30)
  const polls = await Promise.all(people.slice(0, 5).map((by) => createPoll(boxes[0], by)))
  const votes = people.flatMap((by, index) =>
    (index % 2 ? polls : polls.toReversed()).map((poll) =>
      (boxes[index % 2] as BallotBox).submit({ pollId: poll.id, command: castVote(poll, by) }),
    ),
  )
  await Promise.all(votes)
  for (const { id } of polls) await expectConsistent(database, id)
})

/** Holds the locks of these polls, as a batch of another process does, while `work` runs. */
async function whileLocked(polls: Poll[], work: () => Promise<void>): Promise<void> {
  await database.transaction(async (tx) => {
    await tx.$queryRaw`SELECT FROM polls WHERE id = ANY(${polls.map(({ id }) => id)}) FOR NO KEY UPDATE`
    await work()
  })
}

describe.runIf(inject('database').kind === 'postgres')('while another process has locked', () => {
  const newBox = () => new BallotBox({ ...database, parallelBatches: 1 }, clock)
  const voteInEach = (box: BallotBox, polls: Poll[], by: PersonName) =>
    polls.map((poll) => box.submit({ pollId: poll.id, command: castVote(poll, by) }))

  test('one poll, votes in others are committed, and a vote in it waits', async () => {
    const ann = await createPerson(database)
    const polls = await Promise.all([1, 2, 3].map(() => createPoll(boxes[0], ann)))
    const [locked, ...free] = polls as [Poll, ...Poll[]]
    let waiting: Promise<CommandResult> | undefined
    await whileLocked([locked], async () => {
      const [first, ...others] = voteInEach(newBox(), [locked, ...free], ann)
      waiting = first
      await Promise.all(others)
      expect(await ballots(locked)).toEqual([])
    })
    expect((await waiting)?.poll).toMatchObject({ id: locked.id, totalVotes: 1 })
    await Promise.all(polls.map(({ id }) => expectConsistent(database, id)))
  })

  test('all polls, the votes wait and keep their order', async () => {
    const [ann, bob] = (await createPeople(database, 2)) as [PersonName, PersonName]
    const polls = await Promise.all([1, 2, 3].map(() => createPoll(boxes[0], ann)))
    let waiting: Promise<CommandResult>[] = []
    await whileLocked(polls, async () => {
      const box = newBox()
      const first = voteInEach(box, polls, ann)
      // Now the first batch has begun.
      await setImmediate()
      waiting = [...first, ...voteInEach(box, polls, bob)]
      await setTimeout(100)
    })
    const revisions = (await Promise.all(waiting)).map(({ events }) => events.map(({ revision }) => revision))
    expect(revisions).toEqual([[2], [2], [2], [3], [3], [3]])
    await Promise.all(polls.map(({ id }) => expectConsistent(database, id)))
  })
})

test('votes of two boxes over many polls are each counted once', async () => {
  const people = await createPeople(database, 60)
  const polls = await Promise.all(people.slice(0, 20).map((by) => createPoll(boxes[0], by)))
  const votes = people.flatMap((by, index) =>
    polls.map((poll, place) =>
      (boxes[(index + place) % 2] as BallotBox).submit({ pollId: poll.id, command: castVote(poll, by) }),
    ),
  )
  await Promise.all(votes)
  for (const { id } of polls) {
    expect((await ballots({ id } as Poll)).length).toBe(60)
    await expectConsistent(database, id)
  }
})

test.runIf(inject('database').kind === 'postgres')(
  '500 simultaneous votes through two processes are each counted once',
  async () => {
    const { url, drop } = await createPostgresDatabase({ migrated: true })
    const shared = await openPostgres(url)
    const people = await createPeople(shared, 500)
    const poll = await createPoll(new BallotBox(shared, clock), await createPerson(shared))
    const halves = [people.slice(0, 250), people.slice(250)]
    const processes = await Promise.all(halves.map((voters) => startVoters({ url, poll, voters })))
    const answers = await Promise.all(processes.map((voters) => voters.vote()))

    expect(answers).toEqual([
      { answered: 250, failed: [] },
      { answered: 250, failed: [] },
    ])
    const after = await shared.prisma.poll.findUniqueOrThrow({ where: { id: poll.id }, include: { options: true } })
    expect(after).toMatchObject({ totalVotes: 500, revision: 501 })
    expect(after.options.map(({ votes }) => votes).sort()).toEqual([166, 166, 168])
    await expectConsistent(shared, poll.id)
    await shared.close()
    await drop()
  },
)
