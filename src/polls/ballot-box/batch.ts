import type { Prisma } from '../../database/generated/client.ts'
import type { Refusal, RefusalCode } from '../../errors.ts'
import type { LoadedSecretBallots } from '../anonymous/store.ts'
import type { Command } from '../model/commands.ts'
import type { PollEvent } from '../model/events.ts'
import type { Ballot, Choices, Poll, PollOption, PollState, VoterListEntry } from '../model/poll.ts'
import type { AnswerKey } from './idempotency.ts'

/**
 * `answer` computes, within the transaction, the JSON that this key gets now and whenever it is sent again; `refused`
 * does so for a refusal. Without `refused`, the key is still free after one.
 */
export type Idempotency = {
  /** Whose key it is, if not that of the command's author: no id of a person. */
  owner?: string
  key: string
  fingerprint: string
  answer(given: CommandResult): unknown
  refused?(refusal: Refusal): unknown
}

export type Submission = { pollId: string; command: Command; idempotency?: Idempotency }

/** What a command came to: its own events (none if nothing had to change), and the poll after the whole batch. */
export type CommandResult = {
  poll: Poll
  events: PollEvent[]
  /** What the command's author has on their ballot now; empty without one. */
  choices: Choices
  /** Whether they have voted: all that is known where votes are secret, and the command bears no receipt. */
  hasVoted: boolean
}

/** The answer stored under an Idempotency-Key, by this request or by the one that it repeats; `refused` by this one. */
export type StoredResponse = { stored: unknown; refused?: RefusalCode }

/** What one batch did to one poll. `previous` is the revision before it; 0 for a new poll. */
export type Committed = { poll: Poll; events: PollEvent[]; previous: number }

/**
 * What is done in the same transaction as a batch, once it is written: it is there if and only if the batch is.
 * Resolves to what is to be done as soon as both are committed, which must not throw.
 */
export type OutboxHook = (tx: Prisma.TransactionClient, committed: readonly Committed[]) => Promise<() => void>

/**
 * A poll under the batch's lock. `loaded` is the revision found, and the traits of its options and the ballots that it
 * had.
 */
export type LockedPoll = {
  state: PollState | undefined
  events: PollEvent[]
  loaded: {
    revision: number
    options: ReadonlyMap<string, LoadedOption>
    ballots: ReadonlyMap<string, Ballot>
    secretBallots: LoadedSecretBallots | undefined
    /** Copies of its entries, by their keys, in their order. */
    roll: ReadonlyMap<string, VoterListEntry>
  }
}

/** An option as it was found. */
export type LoadedOption = { title: string; fingerprint: string }

/** What is kept of an option that can change, to tell whether it has. @param index where it stands among the others */
export function optionFingerprint({ votes, maybes, renamedAtRevision, title }: PollOption, index: number): string {
  return `${index} ${votes} ${maybes} ${renamedAtRevision} ${title}`
}

export type StoredKey = AnswerKey & { answer: unknown; isNew?: boolean }

/** `now` is when its polls were locked, and the time of all that it decides. */
export type Batch = { polls: Map<string, LockedPoll>; keys: Map<string, StoredKey>; now: Date }

/** Whose key, and which. */
export function ownedKey({ by }: Command, { owner = by.id, key }: Idempotency) {
  return { owner, key }
}

export function keyName({ owner, key }: { owner: string; key: string }): string {
  return `${owner} ${key}`
}
