import type { Sql } from '../../database/direct-sql.ts'
import { Prisma } from '../../database/generated/client.ts'
import { personFrom } from '../../people/model/person-name.ts'
import { chatOf, hasSignedIn, joinPerson } from '../../people/sql.ts'
import type { BallotEncryption } from '../anonymous/encryption.ts'
import { type LoadedAnonymousBallots, loadAnonymousBallots } from '../anonymous/store.ts'
import type { Poll, PollState, VoterList, VoterListEntry } from '../model/poll.ts'
import { anonymousBallotsWanted, anonymousPollsToCount, voterListsWanted } from './ballot-owners.ts'
import { type Batch, type LockedPoll, lockedNewPoll, type Submission } from './batch.ts'
import { loadComments } from './comments/comment-store.ts'
import type { CountedRankings } from './counted-rankings.ts'
import {
  type BallotsByPerson,
  freshKeys,
  loadBallots,
  loadGuests,
  loadUncounted,
  loadVotersOfOptions,
  type PeopleByPoll,
} from './load-ballots.ts'
import type { PollCache } from './poll-cache.ts'
import { type PollRow, pollColumns, pollFromRow, pollTables } from './poll-columns.ts'
import { loadVoterLists } from './voter-list-store.ts'

export type LoadContext = {
  pollCache: PollCache
  rankings: CountedRankings
  clock: () => Date
  encryption: BallotEncryption | undefined
}

/** `busy`: the ids of polls that another transaction has locked; their commands are left out. */
type LoadedBatch = { batch: Batch; busy: ReadonlySet<string> }

type LockedRow = {
  id: string
  revision: number
  creatorId: string
  creator: string
  isSignedIn: boolean
  chat: string | null
}
const dayInMs = 86_400_000

/**
 * Locks the polls of these submissions and loads what `decide` needs, with one statement each: polls that are not in the
 * cache at this revision, the ballots of the commands' authors, and answers stored under Idempotency-Keys. A statement
 * sees rows as they were when it started, except those that it locks. So ballots are read by a later statement, which
 * starts when the locks are held.
 *
 * @param skipsBusy leaves out polls that another transaction has locked, instead of waiting for them
 */
export async function loadBatch(
  tx: Sql,
  all: readonly Submission[],
  { pollCache, rankings, clock, encryption }: LoadContext,
  skipsBusy: boolean,
): Promise<LoadedBatch> {
  const { locked: rows, busy } = await lockPolls(tx, [...new Set(all.map(({ pollId }) => pollId))], skipsBusy)
  const submissions = busy.size > 0 ? all.filter(({ pollId }) => !busy.has(pollId)) : all
  const pollIds = [...new Set(submissions.map(({ pollId }) => pollId))]
  const polls = await loadPolls(tx, rows, pollCache)
  const now = clock()
  const guests = await loadGuests(tx, submissions, polls)
  const longAgo = new Date(now.getTime() - dayInMs)
  const isAnyKeyed = submissions.some(({ idempotency }) => idempotency)
  const wantedLists = voterListsWanted(submissions, polls)
  const voterLists = await loadVoterLists(tx, wantedLists)
  const others = together(
    guests,
    votersOnLists(wantedLists, voterLists),
    await loadVotersOfOptions(tx, submissions, polls),
    await loadUncounted(tx, submissions, polls),
    votersNamed(submissions),
  )
  const authors = polls.size > 0 || isAnyKeyed ? await loadBallots(tx, submissions, others, longAgo) : []
  const ballots = new Map(authors.map(({ poll, ballots }) => [poll, ballots]))
  const counted = anonymousPollsToCount(submissions, polls, now)
  const comments = await loadComments(tx, submissions)
  const anonymous = await loadAnonymousBallots(tx, anonymousBallotsWanted(submissions, polls, counted), encryption)
  const locked = new Map(
    pollIds.map((id) => {
      const more = { guests: guests.get(id), voterList: voterLists.get(id), comments: comments.get(id) }
      return [id, lockedPoll(polls.get(id), ballots.get(id), anonymous.get(id), more, rankings)]
    }),
  )
  const stored = authors.flatMap(({ keys }) => keys)
  return { batch: { polls: locked, keys: await freshKeys(tx, stored, longAgo), now }, busy }
}

/** By poll id: the people on voter lists that change. Their ballots may not count any more. */
function votersOnLists(
  wanted: ReturnType<typeof voterListsWanted>,
  voterLists: ReadonlyMap<string, VoterList>,
): PeopleByPoll {
  const changing = wanted.filter(({ isChanging }) => isChanging)
  return new Map(
    changing.map(({ poll }) => {
      const voters = voterLists.get(poll)?.entries.flatMap(({ personId }) => personId ?? [])
      return [poll, new Set(voters)]
    }),
  )
}

/** By poll id: the people whose votes the creator sets aside, or counts again. */
function votersNamed(submissions: readonly Submission[]): PeopleByPoll {
  const named = submissions.flatMap(({ pollId, command }) =>
    command.type === 'setVoteAside' || command.type === 'restoreVote' ? { pollId, id: command.voter.id } : [],
  )
  const byPoll = Map.groupBy(named, ({ pollId }) => pollId)
  return new Map([...byPoll].map(([pollId, same]) => [pollId, new Set(same.map(({ id }) => id))]))
}

function together(...all: readonly PeopleByPoll[]): PeopleByPoll {
  const people = new Map<string, Set<string>>()
  for (const [pollId, ids] of all.flatMap((one) => [...one]))
    people.set(pollId, (people.get(pollId) ?? new Set()).union(ids))
  return people
}

/**
 * Reads the creator too: renaming or signing in is no new revision. NO KEY UPDATE lets other transactions add rows that
 * refer to the polls. This batch may have to wait for such a transaction while it holds the locks.
 */
async function lockPolls(tx: Sql, ids: string[], skipsBusy: boolean) {
  const locked = await tx.$queryRaw<LockedRow[]>`
    SELECT p.id, p.revision, c.id AS "creatorId", c.name AS creator, ${hasSignedIn(Prisma.sql`c.id`)} AS "isSignedIn",
      ${chatOf(Prisma.sql`c.id`)} AS chat
    FROM polls p ${joinPerson('c', Prisma.sql`p.created_by_id`)}
    WHERE p.id = ANY(${ids}) ORDER BY p.id FOR NO KEY UPDATE OF p ${skipsBusy ? Prisma.sql`SKIP LOCKED` : Prisma.empty}`
  if (!skipsBusy || locked.length === ids.length) return { locked, busy: new Set<string>() }
  const unlocked = new Set(ids).difference(new Set(locked.map(({ id }) => id)))
  const busy = await tx.$queryRaw<{ id: string }[]>`SELECT id FROM polls WHERE id = ANY(${[...unlocked]})`
  return { locked, busy: new Set(busy.map(({ id }) => id)) }
}

async function loadPolls(tx: Sql, locked: LockedRow[], pollCache: PollCache): Promise<Map<string, Poll>> {
  const polls = new Map<string, Poll>()
  for (const { id, revision, creatorId, creator: name, isSignedIn, chat } of locked) {
    const poll = pollCache.at(id, revision)
    if (poll) polls.set(id, { ...poll, createdBy: personFrom({ id: creatorId, name, isSignedIn, chat }) })
  }
  const missing = locked.map(({ id }) => id).filter((id) => !polls.has(id))
  if (missing.length === 0) return polls
  const rows = await tx.$queryRaw<PollRow[]>`
    SELECT ${pollColumns}
    FROM ${pollTables}
    WHERE p.id = ANY(${missing})`
  for (const row of rows) polls.set(row.id, pollFromRow(row))
  return polls
}

function lockedPoll(
  poll: Poll | undefined,
  ballots: BallotsByPerson = new Map(),
  anonymous: LoadedAnonymousBallots | undefined,
  more: Pick<PollState, 'guests' | 'voterList' | 'comments'>,
  rankings: CountedRankings,
): LockedPoll {
  if (!poll) return lockedNewPoll()
  return {
    state: {
      poll: copyOf(poll),
      ballots: new Map(ballots),
      ...(anonymous && { anonymousBallots: new Map(anonymous.ballots), anonymousCount: anonymous.count }),
      ...(poll.method === 'ranked' && {
        rankingCounts: poll.anonymous ? undefined : new Map(),
        countedBefore: rankings.at(poll),
      }),
      ...more,
    },
    events: [],
    loaded: {
      poll,
      ballots,
      anonymousBallots: anonymous?.ballots,
      voterList: entriesByKey(more.voterList),
    },
  }
}

/** A copy, as events change a poll in place. */
function copyOf(poll: Poll): Poll {
  return { ...poll, options: copies(poll.options), proposals: copies(poll.proposals) }
}

function copies<T extends object>(list: readonly T[]): T[] {
  return list.map((one) => ({ ...one }))
}

/** Copies, as entries change in place. */
function entriesByKey(voterList: VoterList | undefined): Map<string, VoterListEntry> {
  return new Map(voterList?.entries.map((entry) => [entry.key, { ...entry }]))
}
