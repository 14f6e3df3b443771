import type { EventType, PollEvent } from '../../polls/model/events.ts'
import { followsSoon, isVote } from '../gathered-votes.ts'
import { kindOf } from '../wording.ts'
import type { DeliveryCursor } from './cursor.ts'
import { lastRevision, type MessageEvents, messagesOf } from './messages.ts'

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
 * How long a person's changes wait for more of theirs, in milliseconds: until nothing has changed for `quietMs`, and at
 * most `maxMs` after the first that waits.
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
 * Plans the next messages of a thread. A first vote is posted at once. Changes that follow a vote of the same person
 * within a short while are held until the person stops, or another event has to be posted after them. If the last
 * message to post holds votes and is not in flight, it takes a slot of the thread's pace or waits, so more votes can
 * join it.
 *
 * @param events the events after the cursor, at most `maxEvents`
 */
export function planOf(cursor: DeliveryCursor, events: readonly PollEvent[], inputs: PlanInputs): DeliveryPlan {
  const messages = messagesOf(events, (event) => isWanted(cursor, event), cursor.inFlightRevision)
  const through = events.at(-1)?.revision ?? cursor.revision
  if (events.length === maxEvents) return { messages, through, moreAfterMs: 0 }
  const held = heldOf(messages, cursor, inputs)
  const ready = messages.slice(0, messages.length - held.messages)
  const last = ready.at(-1)
  const mayGrow = last && isVote(last[0]) && lastRevision(last) > (cursor.inFlightRevision ?? 0)
  const paceMs = mayGrow ? inputs.votesWaitMs() : 0
  const posted = paceMs > 0 ? ready.slice(0, -1) : ready
  const waits = [held.waitMs, paceMs].filter((ms) => ms > 0)
  return {
    messages: posted,
    through: before(messages[posted.length]) ?? through,
    moreAfterMs: waits.length > 0 ? Math.min(...waits) : undefined,
  }
}

function before(message: MessageEvents | undefined): number | undefined {
  return message && message[0].revision - 1
}

/** How many messages at the end are held, and when to look again, in milliseconds. */
function heldOf(messages: readonly MessageEvents[], cursor: DeliveryCursor, { now, hold, votedAt }: PlanInputs) {
  const mayWait = changesSoon(messages, votedAt)
  const isInFlight = (message: MessageEvents) => lastRevision(message) <= (cursor.inFlightRevision ?? 0)
  const held = messages.slice(messages.findLastIndex((message, index) => !mayWait[index] || isInFlight(message)) + 1)
  const [first, last] = [held[0]?.[0], held.at(-1)?.at(-1)]
  if (!first || !last) return nothingHeld
  const until = Math.min(last.at.getTime() + hold.quietMs, first.at.getTime() + hold.maxMs)
  const waitMs = until - now.getTime()
  return waitMs > 0 ? { messages: held.length, waitMs: Math.min(waitMs, checkHoldMs) } : nothingHeld
}

const nothingHeld = { messages: 0, waitMs: 0 }

/** For each message: whether it only holds changes by people who had voted shortly before it. */
function changesSoon(messages: readonly MessageEvents[], votedAt: ReadonlyMap<string, Date>): boolean[] {
  const latest = new Map(votedAt)
  return messages.map((message) => {
    const firsts = new Map(message.toReversed().map((event) => [event.actor.id, event]))
    const isChange =
      message.every(isVote) && [...firsts.values()].every((one) => followsSoon(latest.get(one.actor.id), one))
    for (const event of message.filter(isVote)) latest.set(event.actor.id, event.at)
    return isChange
  })
}

/** The people whose change may follow an earlier vote that is not among these events. */
export function mayFollowEarlier(events: readonly PollEvent[]): boolean {
  return events.some(({ facts }) => changes.includes(facts.type))
}

const changes: EventType[] = ['vote_changed', 'vote_withdrawn', 'secret_vote_withdrawn']

/** A message in flight is posted again even if the connection's settings exclude it now. */
function isWanted(cursor: DeliveryCursor, event: PollEvent): boolean {
  const isInFlight = event.revision === cursor.inFlightRevision
  const isChosen = cursor.connection.eventKinds.includes(kindOf(event)) && !isEcho(cursor, event) && !isToNobody(event)
  return isChosen || isInFlight || isMoveNotice(cursor, event)
}

/** Whether this is a reminder at the set time although everybody has voted. */
function isToNobody({ facts }: PollEvent): boolean {
  return facts.type === 'reminded' && facts.people === 0
}

/** Whether this comment was written in the room to which it would be posted. */
function isEcho({ connection }: DeliveryCursor, { facts }: PollEvent): boolean {
  if (facts.type !== 'commented' || !facts.from) return false
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
