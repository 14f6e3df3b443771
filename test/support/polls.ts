import { expect } from 'vitest'
import type { Database } from '../../src/database/database.ts'
import { Refusal, type RefusalCode } from '../../src/errors.ts'
import { newId } from '../../src/people/model/ids.ts'
import type { PersonName } from '../../src/people/model/person-name.ts'
import type { BallotBox } from '../../src/polls/ballot-box/ballot-box.ts'
import type { Command } from '../../src/polls/model/commands.ts'
import { newOptionId, newPollId } from '../../src/polls/model/ids.ts'
import type { Poll } from '../../src/polls/model/poll.ts'
import { type PollMethod, type ResultsVisible, rulesOf } from '../../src/polls/model/poll-rules.ts'
import { PollQueries } from '../../src/polls/queries/poll-queries.ts'
import { picks } from './picks.ts'
import { replay } from './poll-log.ts'

export async function createPeople(database: Database, count: number): Promise<PersonName[]> {
  const people = Array.from({ length: count }, (_, index) => ({ id: newId(), name: `Person ${index + 1}` }))
  const createdAt = new Date('2026-03-01T12:00:00.000Z')
  await database.prisma.person.createMany({ data: people.map((person) => ({ ...person, createdAt })) })
  return people
}

export async function createPerson(database: Database): Promise<PersonName> {
  const [person] = await createPeople(database, 1)
  return person as PersonName
}

export type Asked = {
  title?: string
  description?: string
  category?: string
  optionsOpen?: boolean
  votersSignedIn?: boolean
  unlisted?: boolean
  anonymous?: boolean
  optionsModerated?: boolean
  roll?: string[]
  closesAt?: Date
  method?: PollMethod
  maxChoices?: number
  resultsVisible?: ResultsVisible
  quorum?: number
  remindHours?: number
  votesFinal?: boolean
  capacity?: number
  timeZone?: string
  electorate?: number
  options?: string[]
}

export function creation(by: PersonName, asked: Asked = {}): Extract<Command, { type: 'create' }> {
  const { title = 'Where to eat lunch?', description = '', category = '', optionsOpen = true } = asked
  const options = (asked.options ?? ['Pizza', 'Sushi', 'Falafel']).map((one) => ({ id: newOptionId(), title: one }))
  const { votersSignedIn = false, unlisted = false, anonymous = false, optionsModerated = false, roll = [] } = asked
  const closesAt = asked.closesAt?.toISOString() ?? null
  const { method = 'single_choice', maxChoices = null, resultsVisible = 'always', quorum = null } = asked
  const { remindHours = null } = asked
  const { votesFinal = false, capacity = null, timeZone = null, electorate = null } = asked
  const rules = {
    method,
    maxChoices,
    resultsVisible,
    quorum,
    remindHours,
    votesFinal,
    capacity,
    timeZone,
    electorate,
    optionsOpen,
    votersSignedIn,
    unlisted,
    anonymous,
    optionsModerated,
    roll,
    closesAt,
  }
  const texts = { title, description, category }
  return { by, type: 'create', ...texts, ...rules, options }
}

export async function createPoll(box: BallotBox, by: PersonName, asked: Asked = {}): Promise<Poll> {
  const { poll } = await box.submit({ pollId: newPollId(), command: creation(by, asked) })
  return poll
}

/** The code of the refusal that the promise rejects with. */
export async function refusalOf(promise: Promise<unknown>): Promise<RefusalCode | undefined> {
  const error = await promise.then(
    () => undefined,
    (reason) => reason,
  )
  if (error instanceof Refusal) return error.code
  throw error ?? new Error('Nothing was refused.')
}

/** Expects the stored data of a poll to agree: tallies with ballots, log with state, revisions without a gap. */
export async function expectConsistent({ prisma }: Database, pollId: string): Promise<void> {
  const poll = await prisma.poll.findUniqueOrThrow({
    where: { id: pollId },
    include: {
      text: true,
      options: { orderBy: { position: 'asc' } },
      ballots: true,
      publishedBallots: true,
      proposals: { orderBy: { position: 'asc' } },
      comments: true,
    },
  })
  const log = await new PollQueries(prisma).events(pollId, { limit: 2 ** 31 - 1 })
  expect(log.map(({ revision }) => revision)).toEqual(log.map((_, index) => index + 1))
  expect(poll.revision).toBe(log.length)

  const counted = poll.ballots.filter(({ counted }) => counted)
  const grades: Record<string, number> = { 1: 1, 2: 2, 3: 3, 4: 4, 5: 5, yes: 1 }
  const opened = poll.anonymous ? poll.publishedBallots : counted
  const ballots = opened.map(({ choices }) => (poll.method === 'ranked' ? choices.slice(0, 1) : choices))
  const given = (id: string, choice: string) =>
    Number(choice === id) + (grades[choice.match(`^${id}=(.*)$`)?.[1] ?? ''] ?? 0)
  const recount = poll.options.map(({ id }) => ballots.flat().reduce((sum, choice) => sum + given(id, choice), 0))
  expect(poll.options.map(({ votes }) => votes)).toEqual(recount)
  const maybes = poll.options.map(({ id }) => ballots.flat().filter((choice) => choice === `${id}=if_need_be`).length)
  expect(poll.options.map((option) => option.maybes)).toEqual(maybes)
  expect(poll.options.map(({ position }) => position)).toEqual(poll.options.map((_, index) => index + 1))
  expect(poll.totalVotes).toBe(counted.length)
  expect(poll.totalComments).toBe(poll.comments.length)

  const replayed = replay(pollId, log)
  expect(replayed.poll).toEqual({
    id: pollId,
    revision: poll.revision,
    status: poll.status,
    title: poll.text?.title,
    titleRevision: poll.text?.titleRevision,
    rulesRevision: poll.rulesRevision,
    formerTitle: poll.text?.formerTitle,
    description: poll.text?.description,
    category: poll.text?.category ?? '',
    ...rulesOf(poll),
    proposals: poll.proposals.map(({ id, title, proposedById }) => ({ id, title, proposedById })),
    options: poll.options.map(({ id, title, formerTitle, renamedAtRevision, votes, maybes, addedById }) => ({
      id,
      title,
      formerTitle,
      renamedAtRevision,
      votes,
      maybes,
      addedById,
    })),
    totalVotes: poll.totalVotes,
    totalComments: poll.totalComments,
    createdBy: { ...replayed.poll.createdBy, id: poll.createdById },
    createdAt: poll.createdAt,
    lastActivityAt: poll.lastActivityAt,
    closesAt: poll.closesAt,
    closedAt: poll.closedAt,
    outcome: poll.outcome,
    settledOptionId: poll.settledOptionId,
    remindedAt: poll.remindedAt,
    archivedAt: poll.archivedAt,
    deletedAt: poll.deletedAt,
  })
  const cast = poll.ballots.map(({ personId, choices, revision, counted, setAsideReason, removedOption }) => {
    const notes = {
      ...(setAsideReason !== null && { setAsideReason }),
      ...(removedOption !== null && { removedOption }),
    }
    return [personId, { choices: picks(...choices), revision, counted, ...notes }] as const
  })
  expect(replayed.ballots).toEqual(new Map(cast))
  const isRanking = poll.method === 'ranked' && !poll.anonymous
  const rankings = Map.groupBy(counted, ({ choices }) => choices.join(' '))
  const rankingCounts = new Map([...rankings].map(([ranking, { length }]) => [ranking, length]))
  expect(replayed.rankingCounts).toEqual(isRanking ? rankingCounts : undefined)
}
