import { Prisma } from '../database/generated/client.ts'
import { type Batch, keyName, type Locked, ownedKey, type StoredKey, type Submission, traitsOf } from './batch.ts'
import { areBallotsOpened } from './closing.ts'
import { mayCloseEarly } from './closing-early.ts'
import { isDue } from './closing-time.ts'
import type { Command } from './commands.ts'
import type { KnownPolls } from './known-polls.ts'
import { limits } from './limits.ts'
import { loadProfiles } from './profiles.ts'
import { rollKey } from './roll.ts'
import { loadRolls } from './roll-store.ts'
import { type PollRow, pollColumns, pollFromRow } from './rows.ts'
import type { BallotSeal } from './secret-ballots/seal.ts'
import { type LoadedSecretBallots, loadSecretBallots } from './secret-ballots/store.ts'
import { isVote } from './secret-voting.ts'
import type { Ballot, Poll, PollState, Roll } from './types.ts'

type Transaction = Prisma.TransactionClient
type LockedRow = { id: string; revision: number; creator: string }
const dayInMs = 86_400_000
/** By person id. */
type Ballots = Record<string, Ballot>
/** By poll id. */
type Guests = ReadonlyMap<string, ReadonlySet<string>>

/**
 * Locks the polls of these submissions and loads what deciding them takes: the polls that are not known as they stand,
 * and the ballots of those who are about to do something, with what is stored under Idempotency-Keys; a statement each,
 * where there is any. What a statement reads beside the rows it locks is as old as the statement, so the ballots have
 * to be read by one that starts when the locks are held.
 */
export async function loadBatch(
  tx: Transaction,
  submissions: readonly Submission[],
  known: KnownPolls,
  clock: () => Date,
  seal: BallotSeal | undefined,
): Promise<Batch> {
  const pollIds = [...new Set(submissions.map(({ pollId }) => pollId))]
  const standing = await loadPolls(tx, await lockPolls(tx, pollIds), known)
  const now = clock()
  const guests = await loadGuests(tx, submissions, standing)
  const longAgo = new Date(now.getTime() - dayInMs)
  const isAnyKeyed = submissions.some(({ idempotency }) => idempotency)
  const concerned = standing.size > 0 || isAnyKeyed ? await loadConcerned(tx, submissions, guests, longAgo) : []
  const ballots = new Map(concerned.map(({ poll, ballots }) => [poll, ballots ?? {}]))
  const decided = decidedPolls(submissions, standing, now)
  const profiles = await loadProfiles(
    tx,
    decided.filter(({ method, anonymous }) => method === 'ranked' && !anonymous).map(({ id }) => id),
  )
  const secret = await loadSecretBallots(tx, concernedSecretly(submissions, standing, decided), seal)
  const rolls = await loadRolls(tx, enrolledIn(submissions, standing))
  const polls = new Map(
    pollIds.map((id) => {
      const beside = { guests: guests.get(id), profile: profiles.get(id), roll: rolls.get(id) }
      return [id, lockedPoll(standing.get(id), ballots.get(id), secret.get(id), beside)]
    }),
  )
  const stored = concerned.flatMap(({ keys }) => keys ?? [])
  return { polls, keys: await freshKeys(tx, stored, longAgo), now }
}

/**
 * A creator may have another name by now, which is no new revision. Rows that refer to the polls can be added
 * meanwhile: who does that may be waited for with the polls locked.
 */
function lockPolls(tx: Transaction, ids: string[]): Promise<LockedRow[]> {
  return tx.$queryRaw<LockedRow[]>`
    SELECT p.id, p.revision, c.name AS creator FROM polls p JOIN people c ON c.id = p.created_by_id
    WHERE p.id = ANY(${ids}) ORDER BY p.id FOR NO KEY UPDATE OF p`
}

async function loadPolls(tx: Transaction, locked: LockedRow[], known: KnownPolls): Promise<Map<string, Poll>> {
  const polls = new Map<string, Poll>()
  for (const { id, revision, creator } of locked) {
    const poll = known.copy(id, revision)
    if (poll) polls.set(id, { ...poll, createdBy: { ...poll.createdBy, name: creator } })
  }
  const unknown = locked.map(({ id }) => id).filter((id) => !polls.has(id))
  if (unknown.length === 0) return polls
  const rows = await tx.$queryRaw<PollRow[]>`
    SELECT ${pollColumns}
    FROM polls p JOIN poll_texts t ON t.poll_id = p.id JOIN people c ON c.id = p.created_by_id
    WHERE p.id = ANY(${unknown})`
  for (const row of rows) polls.set(row.id, pollFromRow(row))
  return polls
}

/** What is there of the people who ask something of a poll: their ballots, and what is stored under their keys. */
type Concerned = { poll: string; ballots: Ballots | null; keys: KeyRow[] | null }
type KeyRow = StoredKey & { isOld: boolean }

/**
 * By one statement. Ballots and keys are looked up one by one in subqueries: joined, they might be found by reading all
 * that there are.
 */
async function loadConcerned(
  tx: Transaction,
  submissions: readonly Submission[],
  guests: Guests,
  longAgo: Date,
): Promise<Concerned[]> {
  const byPoll = Map.groupBy(submissions, ({ pollId }) => pollId)
  const asked = [...byPoll].map(([poll, same]) => ({
    poll,
    people: [...same.flatMap(({ command }) => concernedBy(command)), ...(guests.get(poll) ?? [])],
    keys: same.flatMap(keyOf),
  }))
  const keys = submissions.some(({ idempotency }) => idempotency) ? storedKeys(longAgo) : Prisma.sql`NULL`
  return tx.$queryRaw<Concerned[]>`
    SELECT a.poll, (
      SELECT jsonb_object_agg(
        b.person_id, jsonb_build_object('choices', b.choices, 'revision', b.revision, 'counted', b.counted))
      FROM ballots b WHERE b.poll_id = a.poll AND b.person_id = ANY(a.people)
    ) AS ballots, ${keys} AS keys
    FROM jsonb_to_recordset(${JSON.stringify(asked)}::jsonb) AS a(poll text, people text[], keys jsonb)`
}

const storedKeys = (longAgo: Date) => Prisma.sql`(
  SELECT jsonb_agg(jsonb_build_object(
    'owner', w.owner, 'key', w.key, 'fingerprint', k.fingerprint, 'answer', k.answer,
    'isOld', k.created_at <= ${longAgo}))
  FROM jsonb_to_recordset(a.keys) AS w(owner text, key text) CROSS JOIN LATERAL (
    SELECT fingerprint, answer, created_at FROM idempotency_keys
    WHERE person_id = w.owner AND key = w.key LIMIT 1
  ) AS k
)`

function keyOf({ command, idempotency }: Submission) {
  return idempotency ? [ownedKey(command, idempotency)] : []
}

/**
 * Polls whose outcome this may decide: of rankings, and of anonymous polls, all ballots have to be counted for that.
 */
function decidedPolls(submissions: readonly Submission[], standing: Map<string, Poll>, now: Date): Poll[] {
  const decisive = submissions.filter(({ pollId, command }) => isDecisive(command, standing.get(pollId)))
  const decided = new Set(decisive.map(({ pollId }) => pollId))
  const isDecided = (poll: Poll) =>
    decided.has(poll.id) ||
    isDue(poll, now) ||
    mayCloseEarly(poll, submissions.filter(({ pollId }) => pollId === poll.id).length)
  return [...standing.values()].filter(isDecided)
}

/**
 * In anonymous polls, until they are opened: the ballots whose receipts are shown, and all where they may be about to
 * be opened. A poll that is closed may be reopened and voted in by this very batch.
 */
function concernedSecretly(submissions: readonly Submission[], standing: Map<string, Poll>, decided: readonly Poll[]) {
  const anonymous = [...standing.values()].filter((poll) => poll.anonymous && !areBallotsOpened(poll))
  return anonymous.flatMap(({ id }) => {
    const votes = submissions
      .filter(({ pollId }) => pollId === id)
      .flatMap(({ command }) => (isVote(command) ? command : []))
    const areAll = decided.some((poll) => poll.id === id)
    if (votes.length === 0 && !areAll) return []
    return { poll: id, areAll, lookups: votes.flatMap(({ receipt }) => receipt?.lookup ?? []) }
  })
}

/** Guests' ballots that count again may be all that are still to come. */
function isDecisive(command: Command, poll: Poll | undefined): boolean {
  // Only of polls without secret votes can who may vote be changed, or whose a vote is.
  if (poll?.anonymous) return command.type === 'close' && command.by.id === poll.createdBy.id
  const changesVoters = command.type === 'edit' && command.votersSignedIn !== undefined
  return changesVoters || command.type === 'close' || command.type === 'mergeGuest'
}

/** Whose ballots. */
function concernedBy(command: Command): string[] {
  return command.type === 'mergeGuest' ? [command.by.id, command.guest.id] : [command.by.id]
}

function lockedPoll(
  poll: Poll | undefined,
  ballots: Ballots = {},
  secretBallots: LoadedSecretBallots | undefined,
  beside: Pick<PollState, 'guests' | 'profile' | 'roll'>,
): Locked {
  if (!poll) return { state: undefined, events: [], loaded: nothingLoaded }
  const options = new Map(poll.options.map((option) => [option.id, traitsOf(option)]))
  const byPerson = new Map(Object.entries(ballots))
  return {
    state: { poll, ballots: byPerson, secretBallots: secretBallots && new Map(secretBallots.ballots), ...beside },
    events: [],
    loaded: { revision: poll.revision, options, ballots: new Map(byPerson), secretBallots, roll: takenIn(beside.roll) },
  }
}

const nothingLoaded = { revision: 0, options: new Map(), ballots: new Map(), secretBallots: undefined, roll: new Map() }

function takenIn(roll: Roll | undefined): Map<string, string | null> {
  return new Map(roll?.entries.map(({ name, personId }) => [rollKey(name), personId]))
}

/** Where there is a roll, and somebody is about to vote or to be somebody else. */
function enrolledIn(submissions: readonly Submission[], standing: Map<string, Poll>) {
  return [...standing.values()].flatMap(({ id: poll, hasRoll }) => {
    const concerned = hasRoll ? submissions.filter(({ pollId }) => pollId === poll) : []
    const commands = concerned.map(({ command }) => command)
    const voters = commands.filter((command) => isVote(command) || command.type === 'mergeGuest').map(({ by }) => by.id)
    return voters.length > 0 ? { poll, voters } : []
  })
}

/**
 * Where who may vote is about to change, whose ballots that concerns: when only people who have signed in shall, the
 * guests among those who have a ballot or are about to do something; when all shall, those whose ballot was set aside.
 * Rare, and of guests asked only where so few have voted that it can still be done.
 */
async function loadGuests(
  tx: Transaction,
  submissions: readonly Submission[],
  standing: Map<string, Poll>,
): Promise<Guests> {
  const changing = submissions.filter(({ pollId, command }) => changesVoters(command, standing.get(pollId)))
  const asked = [...new Set(changing.map(({ pollId }) => pollId))].map((poll) => ({
    poll,
    limits: !standing.get(poll)?.votersSignedIn,
    people: peopleIn(submissions, poll),
  }))
  if (asked.length === 0) return new Map()
  const rows = await tx.$queryRaw<{ poll: string; guests: string[] }[]>`
    SELECT a.poll, CASE WHEN a.limits THEN ARRAY(
      SELECT v.id FROM (
        SELECT b.person_id FROM ballots b WHERE b.poll_id = a.poll UNION SELECT unnest(a.people)
      ) AS v(id)
      WHERE NOT EXISTS (
        SELECT FROM people p JOIN chat_accounts c ON c.person_id IN (p.id, p.merged_into_id) WHERE p.id = v.id
      )
    ) ELSE ARRAY(
      SELECT b.person_id FROM ballots b WHERE b.poll_id = a.poll AND NOT b.counted
    ) END AS guests
    FROM jsonb_to_recordset(${JSON.stringify(asked)}::jsonb) AS a(poll text, limits boolean, people text[])`
  return new Map(rows.map(({ poll, guests }) => [poll, new Set(guests)]))
}

function changesVoters(command: Command, poll: Poll | undefined): boolean {
  if (command.type !== 'edit' || command.votersSignedIn === undefined || !poll) return false
  const isFeasible = poll.votersSignedIn || poll.totalVotes <= limits.votesToLimit.max
  return command.votersSignedIn !== poll.votersSignedIn && isFeasible
}

function peopleIn(submissions: readonly Submission[], pollId: string): string[] {
  return submissions.filter((one) => one.pollId === pollId).flatMap(({ command }) => concernedBy(command))
}

/** The answers that are stored. Those of more than a day ago are forgotten on the way. */
async function freshKeys(tx: Transaction, stored: readonly KeyRow[], longAgo: Date): Promise<Batch['keys']> {
  const [old, fresh] = [stored.filter(({ isOld }) => isOld), stored.filter(({ isOld }) => !isOld)]
  if (old.length > 0) {
    const [owners, keys] = [old.map(({ owner }) => owner), old.map(({ key }) => key)]
    await tx.$executeRaw`
      DELETE FROM idempotency_keys WHERE created_at <= ${longAgo}
        AND (person_id, key) IN (SELECT * FROM unnest(${owners}::text[], ${keys}::text[]))`
  }
  return new Map(fresh.map((row) => [keyName(row), row]))
}
