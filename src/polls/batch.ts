import type { Prisma, PrismaClient } from '../database/generated/client.ts'
import { Refusal, type RefusalCode } from '../errors.ts'
import { apply, begin } from './apply.ts'
import { loadBatch } from './batch-load.ts'
import { writeBatch } from './batch-write.ts'
import { closingEarly } from './closing-early.ts'
import { closingOnTime } from './closing-time.ts'
import { decide } from './decide.ts'
import type { KnownPolls } from './known-polls.ts'
import type { BallotSeal } from './secret-ballots/seal.ts'
import { type LoadedSecretBallots, writeSecretBallots } from './secret-ballots/store.ts'
import { deposit, isVote } from './secret-voting.ts'
import { type AnswerKey, reusedKey } from './stored-answer.ts'
import type { Ballot, Choices, Command, Poll, PollEvent, PollOption, PollState } from './types.ts'
import { ownChoices } from './voting.ts'

/**
 * `answer` computes, within the transaction, the JSON that this key gets now and whenever it is sent again; `refused`
 * does so for a refusal. Without `refused`, the key is still free after one.
 */
export type Idempotency = {
  /** Whose key it is, if not that of the command's author: no id of a person. */
  owner?: string
  key: string
  fingerprint: string
  answer(given: Answer): unknown
  refused?(refusal: Refusal): unknown
}

export type Submission = { pollId: string; command: Command; idempotency?: Idempotency }

/** What a command came to: its own events (none if nothing had to change), and the poll after the whole batch. */
export type Answer = {
  poll: Poll
  events: PollEvent[]
  /** What the command's author has on their ballot now; empty without one. */
  choices: Choices
  /** Whether they have voted: all that is known where votes are secret, and the command bears no receipt. */
  hasVoted: boolean
}

/** The answer stored under an Idempotency-Key, by this request or by the one that it repeats; `refused` by this one. */
export type Stored = { stored: unknown; refused?: RefusalCode }

/** What one batch did to one poll. `previous` is the revision before it; 0 for a new poll. */
export type Committed = { poll: Poll; events: PollEvent[]; previous: number }

/**
 * What is done in the same transaction as a batch, once it is written: it is there if and only if the batch is.
 * Resolves to what is to be done as soon as both are committed, which must not throw.
 */
export type Alongside = (tx: Prisma.TransactionClient, committed: readonly Committed[]) => Promise<() => void>

/** A poll under the batch's lock. `loaded` is the revision found, and the traits of its options and the ballots that it had. */
export type Locked = {
  state: PollState | undefined
  events: PollEvent[]
  loaded: {
    revision: number
    options: ReadonlyMap<string, string>
    ballots: ReadonlyMap<string, Ballot>
    secretBallots: LoadedSecretBallots | undefined
  }
}

/** What is kept of an option that can change, to tell whether it has. */
export function traitsOf({ votes, maybes, title }: PollOption): string {
  return `${votes} ${maybes} ${title}`
}

export type StoredKey = AnswerKey & { answer: unknown; isNew?: boolean }

/** `now` is when its polls were locked, and the time of all that it decides. */
export type Batch = { polls: Map<string, Locked>; keys: Map<string, StoredKey>; now: Date }

type CommitWith = { known: KnownPolls; clock: () => Date; alongside: Alongside; seal: BallotSeal | undefined }

/** How long a batch may wait for a connection, and then take, in milliseconds. */
const patience = { maxWait: 10_000, timeout: 15_000 }

/**
 * Decides and commits the submissions, in their order, in one transaction of a constant number of statements.
 * Nothing of it is there if it throws; the answers are in the order of the submissions.
 */
export async function commitBatch(
  prisma: PrismaClient,
  submissions: readonly Submission[],
  { known, clock, alongside, seal }: CommitWith,
) {
  const outcome = await prisma.$transaction(async (tx) => {
    const batch = await loadBatch(tx, submissions, known, clock, seal)
    const answers = submissions.map((submission) => answer(batch, submission))
    await writeBatch(tx, batch)
    await writeSecretBallots(tx, batch.polls.values(), seal)
    const done = committed(batch)
    return { answers, committed: done, afterwards: done.length > 0 ? await alongside(tx, done) : () => {} }
  }, patience)
  for (const { poll } of outcome.committed) known.remember(poll)
  return outcome
}

function answer(batch: Batch, { pollId, command, idempotency }: Submission): Answer | Stored | Refusal {
  const { now } = batch
  const locked = batch.polls.get(pollId)
  if (!locked) throw new RangeError(`Poll ${pollId} is not part of this batch.`)
  const stored = idempotency && batch.keys.get(keyName(ownedKey(command, idempotency)))
  if (stored) return stored.fingerprint === idempotency.fingerprint ? { stored: stored.answer } : reusedKey()

  closeOnTime(pollId, locked, now)
  const decision = decide(locked.state, command, now)
  if (decision instanceof Refusal) return refusedWith(batch, command, idempotency, decision)
  const events = decision.map((facts): PollEvent => append(pollId, locked, { actor: command.by, at: now, facts }))
  const state = locked.state as PollState
  deposit(state, command)
  if (events.length > 0) closeEarly(pollId, locked, now)
  const given = answerTo(state, command, events)
  return idempotency ? remember(batch, command, idempotency, idempotency.answer(given)) : given
}

function answerTo(state: PollState, command: Command, events: PollEvent[]): Answer {
  const receipt = isVote(command) ? command.receipt : undefined
  const choices = ownChoices(state, command.by, receipt)
  const { poll, ballots } = state
  return { poll, events, choices, hasVoted: poll.anonymous ? ballots.has(command.by.id) : choices.length > 0 }
}

/** Whatever is asked of a poll whose time is up is asked of a closed one, whether somebody has closed it yet or not. */
function closeOnTime(pollId: string, locked: Locked, now: Date): void {
  if (!locked.state) return
  const { createdBy: actor, closesAt } = locked.state.poll
  const facts = closingOnTime(locked.state, now)
  if (facts) append(pollId, locked, { actor, at: closesAt ?? now, facts })
}

function closeEarly(pollId: string, locked: Locked, now: Date): void {
  const facts = locked.state && closingEarly(locked.state)
  if (locked.state && facts) append(pollId, locked, { actor: locked.state.poll.createdBy, at: now, facts })
}

/** Numbers the event and applies it. Time does not run backwards within a poll, even when a clock does. */
function append(pollId: string, locked: Locked, { actor, at, facts }: Omit<PollEvent, 'revision'>): PollEvent {
  const poll = locked.state?.poll
  const monotonic = poll && poll.lastActivityAt > at ? poll.lastActivityAt : at
  const event = { revision: (poll?.revision ?? 0) + 1, actor, at: monotonic, facts }
  if (locked.state) apply(locked.state, event)
  else locked.state = begin(pollId, event)
  locked.events.push(event)
  return event
}

/** Whose key, and which. */
export function ownedKey({ by }: Command, { owner = by.id, key }: Idempotency) {
  return { owner, key }
}

export function keyName({ owner, key }: { owner: string; key: string }): string {
  return `${owner} ${key}`
}

function refusedWith(batch: Batch, command: Command, idempotency: Idempotency | undefined, refusal: Refusal) {
  if (!idempotency?.refused) return refusal
  return { ...remember(batch, command, idempotency, idempotency.refused(refusal)), refused: refusal.code }
}

function remember(batch: Batch, command: Command, idempotency: Idempotency, stored: unknown): Stored {
  const owned = ownedKey(command, idempotency)
  const { fingerprint } = idempotency
  batch.keys.set(keyName(owned), { ...owned, fingerprint, answer: stored, isNew: true })
  return { stored }
}

function committed({ polls }: Batch): Committed[] {
  return [...polls.values()].flatMap(({ state, events, loaded }) =>
    state && events.length > 0 ? [{ poll: state.poll, events, previous: loaded.revision }] : [],
  )
}
