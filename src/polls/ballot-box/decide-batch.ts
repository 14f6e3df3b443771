import { Refusal } from '../../errors.ts'
import type { Command } from '../model/commands.ts'
import type { PollEvent } from '../model/events.ts'
import type { PollState } from '../model/poll.ts'
import { isVote, mergeVoters, storeAnonymousBallot } from '../rules/anonymous-voting.ts'
import { apply } from '../rules/apply.ts'
import { closingEarly } from '../rules/closing.ts'
import { closingOnTime } from '../rules/closing-time.ts'
import { begin } from '../rules/creation.ts'
import { decide } from '../rules/decide.ts'
import { applyToVoterList, newVoterList } from '../rules/voter-list.ts'
import { ownChoices } from '../rules/voting.ts'
import {
  type Batch,
  type CommandResult,
  type Idempotency,
  keyName,
  type LockedPoll,
  ownedKey,
  type StoredResponse,
  type Submission,
} from './batch.ts'
import { reusedKey } from './idempotency.ts'

/** Decides one submission and applies its events to the batch's polls, in memory. */
export function decideSubmission(
  batch: Batch,
  { pollId, command, idempotency }: Submission,
): CommandResult | StoredResponse | Refusal {
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
  recordUnlogged(state, command)
  if (events.length > 0) closeEarly(pollId, locked, now)
  const given = answerTo(state, command, events)
  return idempotency ? remember(batch, command, idempotency, idempotency.answer(given)) : given
}

/** Applies what the log must not show: anonymous ballots, who used which entry of the voter list, and ids of connections. */
function recordUnlogged(state: PollState, command: Command): void {
  if (command.type === 'create') state.notPostedTo = command.notPostedTo
  if (command.type === 'create' && state.poll.hasRoll) state.voterList = newVoterList(command.roll ?? [])
  storeAnonymousBallot(state, command)
  mergeVoters(state, command)
  applyToVoterList(state, command)
}

function answerTo(state: PollState, command: Command, events: PollEvent[]): CommandResult {
  const receipt = isVote(command) ? command.receipt : undefined
  const choices = ownChoices(state, command.by, receipt)
  const { poll, ballots } = state
  return { poll, events, choices, hasVoted: poll.anonymous ? ballots.has(command.by.id) : choices.length > 0 }
}

/** Closes a poll whose closing time has passed before any command is decided, even if the job has not run yet. */
function closeOnTime(pollId: string, locked: LockedPoll, now: Date): void {
  if (!locked.state) return
  const { createdBy: actor, closesAt } = locked.state.poll
  const facts = closingOnTime(locked.state, now)
  if (facts) append(pollId, locked, { actor, at: closesAt ?? now, facts })
}

function closeEarly(pollId: string, locked: LockedPoll, now: Date): void {
  const facts = locked.state && closingEarly(locked.state)
  if (locked.state && facts) append(pollId, locked, { actor: locked.state.poll.createdBy, at: now, facts })
}

/** Numbers the event and applies it. An event is never older than the one before, even if the clock was set back. */
function append(pollId: string, locked: LockedPoll, { actor, at, facts }: Omit<PollEvent, 'revision'>): PollEvent {
  const poll = locked.state?.poll
  const monotonic = poll && poll.lastActivityAt > at ? poll.lastActivityAt : at
  const event = { revision: (poll?.revision ?? 0) + 1, actor, at: monotonic, facts }
  if (locked.state) apply(locked.state, event)
  else locked.state = begin(pollId, event)
  locked.events.push(event)
  return event
}

function refusedWith(batch: Batch, command: Command, idempotency: Idempotency | undefined, refusal: Refusal) {
  if (!idempotency?.refused) return refusal
  return { ...remember(batch, command, idempotency, idempotency.refused(refusal)), refused: refusal.code }
}

function remember(batch: Batch, command: Command, idempotency: Idempotency, stored: unknown): StoredResponse {
  const owned = ownedKey(command, idempotency)
  const { fingerprint } = idempotency
  batch.keys.set(keyName(owned), { ...owned, fingerprint, answer: stored, isNew: true })
  return { stored }
}
