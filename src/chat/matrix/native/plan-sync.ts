import type { PersonName } from '../../../people/model/person-name.ts'
import { type Counted, countedOf, type Frame, isSameSet, type SeenResponse } from './counting.ts'

/** A ballot that counts. `accounts` are the person's own. */
export type NativeBallot = { person: PersonName; accounts: readonly string[]; answers: readonly string[]; at: number }

export type SyncInput = {
  frame: Frame
  responses: readonly SeenResponse[]
  ballots: readonly NativeBallot[]
  /** Whether a response of an account that is not ours was taken as a vote, or refused. */
  isHandled(response: SeenResponse): boolean
  isOurs(account: string): boolean
  ghostOf(personId: string): string
}

/** What is sent to a room: the bot redacts a response, or the ghost of a person responds. */
export type SyncStep =
  | { kind: 'redact'; response: string }
  | { kind: 'respond'; person: PersonName; answers: readonly string[]; ts: number }

/**
 * What to send to make the counts of all clients equal the ballots. A person's own response stays if it is exactly the
 * ballot. Otherwise their ghost responds, and what their own accounts sent is redacted. People with a response that is
 * not handled yet are left alone.
 *
 * @returns groups of steps: those of one group in this order, groups in any order
 */
export function planSync(input: SyncInput): SyncStep[][] {
  const { ballots, responses, ghostOf } = input
  const bySender = Map.groupBy(responses, ({ sender }) => sender)
  const owned = new Set(ballots.flatMap(({ person, accounts }) => [ghostOf(person.id), ...accounts]))
  const others = [...bySender.keys()].filter((sender) => !owned.has(sender))
  const groups = [
    ...ballots.map((ballot) => stepsFor(ballot, bySender, input)),
    ...others.map((sender) => quiet(sender, bySender, input)),
  ]
  return groups.filter((steps) => steps.length > 0)
}

type BySender = ReadonlyMap<string, readonly SeenResponse[]>

function stepsFor(ballot: NativeBallot, bySender: BySender, input: SyncInput): SyncStep[] {
  const { person, accounts } = ballot
  // A ballot may be newer than the start, which then is replaced soon.
  const answers = ballot.answers.filter((id) => input.frame.answers.has(id)).slice(0, input.frame.max)
  if (accounts.some((account) => isPending(account, bySender, input))) return []
  const voters = [...accounts, input.ghostOf(person.id)]
  const right = voters.find((voter) => isExactly(answers, countOf(voter, bySender, input)))
  const silenced = right === undefined ? accounts : voters.filter((voter) => voter !== right)
  const steps = silenced.flatMap((voter) => quiet(voter, bySender, input))
  if (right !== undefined) return steps
  return [...steps, ...respond({ ...ballot, answers }, bySender, input)]
}

function countOf(sender: string, bySender: BySender, { frame }: SyncInput): Counted {
  return countedOf(bySender.get(sender) ?? [], frame)
}

function isExactly(answers: readonly string[], counted: Counted): boolean {
  return counted !== 'unclear' && counted.length > 0 && isSameSet(answers, counted)
}

function isPending(sender: string, bySender: BySender, { isOurs, isHandled }: SyncInput): boolean {
  return !isOurs(sender) && (bySender.get(sender) ?? []).some((response) => !isHandled(response))
}

/** Redacts what somebody sent if that counts. */
function quiet(sender: string, bySender: BySender, input: SyncInput): SyncStep[] {
  const counted = countOf(sender, bySender, input)
  const isQuiet = counted !== 'unclear' && counted.length === 0
  return isQuiet || isPending(sender, bySender, input) ? [] : redactAll(sender, bySender)
}

/** The oldest first: an earlier vote never counts again. */
function redactAll(sender: string, bySender: BySender): SyncStep[] {
  const oldestFirst = (bySender.get(sender) ?? []).toSorted((one, other) => one.ts - other.ts)
  return oldestFirst.map(({ id }) => ({ kind: 'redact', response: id }))
}

/** A response counts if it is later than the former ones of its sender, and not after the end. */
function respond({ person, answers, at }: NativeBallot, bySender: BySender, input: SyncInput): SyncStep[] {
  const { frame, ghostOf } = input
  const ghost = ghostOf(person.id)
  if (answers.length === 0) return quiet(ghost, bySender, input)
  const former = (bySender.get(ghost) ?? []).map(({ ts }) => ts)
  const ts = Math.max(at, ...former.map((one) => one + 1))
  const { endsAt = ts } = frame
  const redactions = ts > endsAt ? redactAll(ghost, bySender) : []
  return [...redactions, { kind: 'respond', person, answers, ts: ts > endsAt ? Math.min(at, endsAt) : ts }]
}
