import type { Sql } from '../../database/direct-sql.ts'
import type { Refusal, RefusalCode } from '../../errors.ts'
import type { Command } from '../model/commands.ts'
import type { PollEvent } from '../model/events.ts'
import type { AnonymousBallots, Ballot, Choices, Poll, PollState, VoterListEntry } from '../model/poll.ts'
import type { AnswerKey } from './idempotency.ts'

/**
 * `answer` computes, within the transaction, the JSON that is stored under this key and returned to every repetition.
 * `refused` does so for a refusal; without it, a refused request leaves the key unused.
 */
export type Idempotency = {
  /** The key's owner if it is not the command's author. Never a person's id. */
  owner?: string
  key: string
  fingerprint: string
  answer(given: CommandResult): unknown
  refused?(refusal: Refusal): unknown
}

export type Submission = { pollId: string; command: Command; idempotency?: Idempotency }

/** A command's events (none if nothing had to change), and the poll after the whole batch. */
export type CommandResult = {
  poll: Poll
  events: PollEvent[]
  /** The choices on the author's ballot now; empty without one. */
  choices: Choices
  /** Whether the author has voted. Known in an anonymous poll too, where `choices` need a receipt. */
  hasVoted: boolean
}

/** The answer stored under an Idempotency-Key, by this request or the one that it repeats. `refused` is of this one. */
export type StoredResponse = { stored: unknown; refused?: RefusalCode }

/**
 * The events that one batch added to one poll. `previous` is the revision before the batch; 0 for a new poll. `notPostedTo`
 * are the ids of chat connections that its creator left out.
 */
export type Committed = {
  poll: Poll
  events: PollEvent[]
  previous: number
  notPostedTo?: readonly string[] | undefined
}

/**
 * Writes to the outbox in the batch's transaction, so both are committed or neither. Resolves to a function that is
 * called after the commit and must not throw.
 */
export type OutboxHook = (tx: Sql, committed: readonly Committed[]) => Promise<() => void>

/** A poll under the batch's lock. `loaded` is what was read, to write only what has changed. */
export type LockedPoll = {
  state: PollState | undefined
  events: PollEvent[]
  loaded: {
    /** Undefined for a new poll. */
    poll: Poll | undefined
    ballots: ReadonlyMap<string, Ballot>
    anonymousBallots: AnonymousBallots | undefined
    /** Copies of the entries by their keys, in the list's order. */
    voterList: ReadonlyMap<string, VoterListEntry>
  }
}

/** A poll that does not exist yet, ready for its first command. */
export function lockedNewPoll(): LockedPoll {
  const loaded = {
    poll: undefined,
    ballots: new Map(),
    anonymousBallots: undefined,
    voterList: new Map(),
  }
  return { state: undefined, events: [], loaded }
}

export type StoredKey = AnswerKey & { answer: unknown; isNew?: boolean }

/** `now` is the time of all events of the batch: it is read after the polls are locked. */
export type Batch = { polls: Map<string, LockedPoll>; keys: Map<string, StoredKey>; now: Date }

export function ownedKey({ by }: Command, { owner = by.id, key }: Idempotency) {
  return { owner, key }
}

export function keyName({ owner, key }: { owner: string; key: string }): string {
  return `${owner} ${key}`
}
