import { Prisma } from '../../database/generated/client.ts'
import { personFrom } from '../../people/model/person-name.ts'
import { hasSignedIn, joinPerson } from '../../people/sql.ts'
import type { BallotEncryption } from '../anonymous/encryption.ts'
import { type LoadedSecretBallots, loadSecretBallots } from '../anonymous/store.ts'
import type { Poll, PollState, VoterList, VoterListEntry } from '../model/poll.ts'
import { pollsToCount, secretBallotsWanted, voterListsWanted } from './ballot-owners.ts'
import { type Batch, type LockedPoll, optionFingerprint, type Submission } from './batch.ts'
import { type Ballots, freshKeys, loadBallots, loadGuests } from './load-ballots.ts'
import type { PollCache } from './poll-cache.ts'
import { type PollRow, pollColumns, pollFromRow, pollTables } from './poll-columns.ts'
import { loadRankingCounts } from './ranking-counts.ts'
import { loadVoterLists } from './voter-list-store.ts'

type Transaction = Prisma.TransactionClient
type LockedRow = { id: string; revision: number; creatorId: string; creator: string; isSignedIn: boolean }
const dayInMs = 86_400_000

/**
 * Locks the polls of these submissions and loads what deciding them takes: the polls that are not known as they stand,
 * and the ballots of those who are about to do something, with what is stored under Idempotency-Keys; a statement each,
 * where there is any. What a statement reads beside the rows it locks is as old as the statement, so the ballots have
 * to be read by one that starts when the locks are held.
 */
export async function loadBatch(
  tx: Transaction,
  submissions: readonly Submission[],
  known: PollCache,
  clock: () => Date,
  seal: BallotEncryption | undefined,
): Promise<Batch> {
  const pollIds = [...new Set(submissions.map(({ pollId }) => pollId))]
  const standing = await loadPolls(tx, await lockPolls(tx, pollIds), known)
  const now = clock()
  const guests = await loadGuests(tx, submissions, standing)
  const longAgo = new Date(now.getTime() - dayInMs)
  const isAnyKeyed = submissions.some(({ idempotency }) => idempotency)
  const wantedRolls = voterListsWanted(submissions, standing)
  const rolls = await loadVoterLists(tx, wantedRolls)
  const others = new Map([...guests, ...votersOnLists(wantedRolls, rolls)])
  const concerned = standing.size > 0 || isAnyKeyed ? await loadBallots(tx, submissions, others, longAgo) : []
  const ballots = new Map(concerned.map(({ poll, ballots }) => [poll, ballots ?? {}]))
  const decided = pollsToCount(submissions, standing, now)
  const profiles = await loadRankingCounts(
    tx,
    decided.filter(({ anonymous }) => !anonymous).map(({ id }) => id),
  )
  const secret = await loadSecretBallots(tx, secretBallotsWanted(submissions, standing, decided), seal)
  const polls = new Map(
    pollIds.map((id) => {
      const beside = { guests: guests.get(id), profile: profiles.get(id), roll: rolls.get(id) }
      return [id, lockedPoll(standing.get(id), ballots.get(id), secret.get(id), beside)]
    }),
  )
  const stored = concerned.flatMap(({ keys }) => keys ?? [])
  return { polls, keys: await freshKeys(tx, stored, longAgo), now }
}

/** The people who voted in polls whose voter list changes, by poll id: their ballots may not count any more. */
function votersOnLists(wanted: ReturnType<typeof voterListsWanted>, rolls: ReadonlyMap<string, VoterList>) {
  const changing = wanted.filter(({ isChanging }) => isChanging)
  return changing.map(({ poll }): [string, Set<string>] => {
    const voters = rolls.get(poll)?.entries.flatMap(({ personId }) => personId ?? [])
    return [poll, new Set(voters)]
  })
}

/**
 * A creator may have another name by now, or have signed in, which is no new revision. Rows that refer to the polls can be
 * added meanwhile: who does that may be waited for with the polls locked.
 */
function lockPolls(tx: Transaction, ids: string[]): Promise<LockedRow[]> {
  return tx.$queryRaw<LockedRow[]>`
    SELECT p.id, p.revision, c.id AS "creatorId", c.name AS creator, ${hasSignedIn(Prisma.sql`c.id`)} AS "isSignedIn"
    FROM polls p ${joinPerson('c', Prisma.sql`p.created_by_id`)}
    WHERE p.id = ANY(${ids}) ORDER BY p.id FOR NO KEY UPDATE OF p`
}

async function loadPolls(tx: Transaction, locked: LockedRow[], known: PollCache): Promise<Map<string, Poll>> {
  const polls = new Map<string, Poll>()
  for (const { id, revision, creatorId, creator: name, isSignedIn } of locked) {
    const poll = known.copy(id, revision)
    if (poll) polls.set(id, { ...poll, createdBy: personFrom({ id: creatorId, name, isSignedIn }) })
  }
  const unknown = locked.map(({ id }) => id).filter((id) => !polls.has(id))
  if (unknown.length === 0) return polls
  const rows = await tx.$queryRaw<PollRow[]>`
    SELECT ${pollColumns}
    FROM ${pollTables}
    WHERE p.id = ANY(${unknown})`
  for (const row of rows) polls.set(row.id, pollFromRow(row))
  return polls
}

function lockedPoll(
  poll: Poll | undefined,
  ballots: Ballots = {},
  secretBallots: LoadedSecretBallots | undefined,
  beside: Pick<PollState, 'guests' | 'profile' | 'roll'>,
): LockedPoll {
  if (!poll) return { state: undefined, events: [], loaded: nothingLoaded }
  const options = new Map(
    poll.options.map((option, index) => [
      option.id,
      { title: option.title, fingerprint: optionFingerprint(option, index) },
    ]),
  )
  const byPerson = new Map(Object.entries(ballots))
  return {
    state: { poll, ballots: byPerson, secretBallots: secretBallots && new Map(secretBallots.ballots), ...beside },
    events: [],
    loaded: {
      revision: poll.revision,
      options,
      ballots: new Map(byPerson),
      secretBallots,
      roll: entriesByKey(beside.roll),
    },
  }
}

const nothingLoaded = { revision: 0, options: new Map(), ballots: new Map(), secretBallots: undefined, roll: new Map() }

/** Entries change in place. */
function entriesByKey(roll: VoterList | undefined): Map<string, VoterListEntry> {
  return new Map(roll?.entries.map((entry) => [entry.key, { ...entry }]))
}
