import { type EventType, isAboutComment, type PollEvent } from '../../polls/model/events.ts'
import type { Poll } from '../../polls/model/poll.ts'
import { followsSoon, isVote } from '../gathered-votes.ts'
import { kindOf } from '../wording.ts'
import type { DeliveryCursor } from './cursor.ts'
import { gathered, lastRevision, type MessageEvents, messagesOf } from './messages.ts'

/**
 * The messages to post now, the revision of the cursor after them, and after how many milliseconds there is more;
 * undefined when there is not.
 */
export type DeliveryPlan = { messages: MessageEvents[]; through: number; moreAfterMs: number | undefined }

/** How many events are read at a time. */
export const maxEvents = 500

/** How often a run looks whether other events have come that end the wait, in milliseconds. */
const checkHoldMs = 1_000

/**
 * How long votes wait for more votes of the same people, in milliseconds: until none has come for `quietMs`, and at most
 * `maxMs` after the first that waits.
 */
export type HoldTimes = { quietMs: number; maxMs: number }

/** What a plan depends on besides the cursor and its events. */
export type PlanInputs = {
  now: Date
  hold: HoldTimes
  /** The latest votes at or before the cursor, by person id. */
  votedAt: ReadonlyMap<string, Date>
  /** Takes the thread's slot for a message of votes (0), or returns how many milliseconds to wait for it. */
  votesWaitMs(): number
}

/**
 * Plans the next messages of a thread. Some votes are held, see `mayWait`, unless another event has to be posted after
 * them. If the last message to post holds votes and is not in flight, it takes a slot of the thread's pace or waits, so
 * more votes can join it.
 *
 * @param events the events after the cursor, at most `maxEvents`
 */
export function planOf(cursor: DeliveryCursor, events: readonly PollEvent[], inputs: PlanInputs): DeliveryPlan {
  const through = events.at(-1)?.revision ?? cursor.revision
  const isPage = events.length === maxEvents
  const inFlight = events.find(({ revision }) => revision === cursor.inFlightRevision)
  const wanted = events.filter((event) => isInMessage(inFlight, event) ?? isWanted(cursor, event))
  const held = isPage ? undefined : firstHeld(cursor, wanted, inputs)
  const isReady = ({ revision }: PollEvent) => !held || revision < held.event.revision
  const messages = messagesOf(wanted, isReady, cursor.inFlightRevision)
  if (isPage) return { messages, through, moreAfterMs: 0 }
  const last = messages.at(-1)
  const mayGrow = last && isVote(last[0]) && lastRevision(last) > (cursor.inFlightRevision ?? 0)
  const paceMs = mayGrow ? inputs.votesWaitMs() : 0
  const posted = paceMs > 0 ? messages.slice(0, -1) : messages
  const next = messages[posted.length]?.[0] ?? held?.event
  const waits = [held?.waitMs ?? 0, paceMs].filter((ms) => ms > 0)
  return {
    messages: posted,
    through: next ? next.revision - 1 : through,
    moreAfterMs: waits.length > 0 ? Math.min(...waits) : undefined,
  }
}

/** The first vote that is held, and when to look again, in milliseconds. All wanted events after it are held too. */
function firstHeld(cursor: DeliveryCursor, wanted: readonly PollEvent[], { now, hold, votedAt }: PlanInputs) {
  const isNewVote = (event: PollEvent) => isVote(event) && event.revision > (cursor.inFlightRevision ?? 0)
  const start = wanted.findLastIndex((event) => !isNewVote(event)) + 1
  const before = wanted.slice(0, start).filter(isVote)
  const latest = new Map([...votedAt, ...before.map(({ actor, at }) => [actor.id, at] as const)])
  const groups = gathered(wanted.slice(start))
  const waits = mayWait(groups, cursor.poll, latest)
  for (const group of groups.slice(waits.lastIndexOf(false) + 1)) {
    const waitMs = heldUntil(group, hold) - now.getTime()
    if (waitMs > 0) return { event: group[0], waitMs: Math.min(waitMs, checkHoldMs) }
  }
  return undefined
}

/**
 * For each group of votes, whether it may wait for more. Where people choose several options, one by one, every vote may.
 * Else a vote is posted at once, and only changes may wait: votes of people who had voted shortly before.
 *
 * @param latest of earlier votes, by person id; is changed
 */
function mayWait(
  groups: readonly MessageEvents[],
  { method }: Pick<Poll, 'method'>,
  latest: Map<string, Date>,
): boolean[] {
  if (method === 'multiple_choice') return groups.map(() => true)
  return groups.map((group) => {
    const firsts = new Map(group.toReversed().map((event) => [event.actor.id, event]))
    const isChange = [...firsts.values()].every((one) => followsSoon(latest.get(one.actor.id), one))
    for (const event of group) latest.set(event.actor.id, event.at)
    return isChange
  })
}

function heldUntil(votes: MessageEvents, { quietMs, maxMs }: HoldTimes): number {
  const last = votes.at(-1) ?? votes[0]
  return Math.min(last.at.getTime() + quietMs, votes[0].at.getTime() + maxMs)
}

/** Whether somebody's change may follow a vote that is not among these events. */
export function mayFollowEarlier(events: readonly PollEvent[]): boolean {
  return events.some(({ facts }) => changes.includes(facts.type))
}

const changes: EventType[] = ['vote_changed', 'vote_withdrawn', 'secret_vote_withdrawn']

/**
 * Whether an event belongs to the message in flight, which is built again from the same events, whatever the connection's
 * settings are now: from its last event, and from all votes before it if that is a vote. Undefined for other events.
 */
function isInMessage(inFlight: PollEvent | undefined, event: PollEvent): boolean | undefined {
  if (!inFlight || event.revision > inFlight.revision) return undefined
  if (isVote(inFlight)) return isVote(event)
  return event === inFlight || undefined
}

function isWanted(cursor: DeliveryCursor, event: PollEvent): boolean {
  const isChosen = cursor.connection.eventKinds.includes(kindOf(event)) && !isEcho(cursor, event) && !isToNobody(event)
  return isChosen || isMoveNotice(cursor, event)
}

/** Whether this is a reminder at the set time although everybody has voted. */
function isToNobody({ facts }: PollEvent): boolean {
  return facts.type === 'reminded' && facts.people === 0
}

/** Whether this comment was written, edited or deleted in the room to which that would be posted. */
function isEcho({ connection }: DeliveryCursor, { facts }: PollEvent): boolean {
  if (!isAboutComment(facts) || !facts.from) return false
  const { connectionId, chat, room } = facts.from
  return connectionId === connection.id || (chat === connection.chat && room === connection.roomName)
}

/**
 * Whether this event moved the poll to a category that the connection does not follow. It is the thread's last message,
 * posted whatever kinds of events the connection chose.
 */
export function isMoveNotice({ finalRevision }: DeliveryCursor, { revision, facts }: PollEvent): boolean {
  return revision === finalRevision && facts.type === 'edited' && (facts.category ?? facts.unlisted) !== undefined
}
