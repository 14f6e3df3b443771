import { createHash } from 'node:crypto'
import type { PollEvent } from '../../polls/model/events.ts'
import { kindOf } from '../event-kinds.ts'

/** The events that one message tells of: one, or several votes. */
export type MessageEvents = readonly [PollEvent, ...PollEvent[]]

/** More votes than this in a row become one message. */
export const maxSingleVotes = 5

/**
 * Which messages these events make, in order, so that each wanted event is in exactly one of them.
 *
 * @param events the log after the cursor, without a gap
 * @param inFlightRevision the last revision of a message that was begun: it is made again, whatever has happened since
 */
export function messagesOf(
  events: readonly PollEvent[],
  isWanted: (event: PollEvent) => boolean,
  inFlightRevision: number | null = null,
): MessageEvents[] {
  const wanted = events.filter(isWanted)
  const begun = wanted.filter(({ revision }) => inFlightRevision !== null && revision <= inFlightRevision)
  const rest = wanted.slice(begun.length)
  return [...(isOneMessage(begun) ? [begun] : inMessages(begun)), ...inMessages(rest)]
}

/**
 * Several events are one message only if all are votes. What is wanted may have changed since the message was begun.
 */
function isOneMessage(events: PollEvent[]): events is [PollEvent, ...PollEvent[]] {
  return events.length === 1 || (events.length > 1 && events.every(isVote))
}

function inMessages(events: readonly PollEvent[]): MessageEvents[] {
  return runsOf(events).flatMap((run): MessageEvents[] =>
    run.length > maxSingleVotes ? [run] : run.map((event) => [event]),
  )
}

/** Votes that nothing else comes between belong together; all else stands alone. */
function runsOf(events: readonly PollEvent[]): [PollEvent, ...PollEvent[]][] {
  const runs: [PollEvent, ...PollEvent[]][] = []
  for (const event of events) {
    const run = runs.at(-1)
    if (run && isVote(event) && isVote(run[0])) run.push(event)
    else runs.push([event])
  }
  return runs
}

/**
 * The message that told of these, whatever is wanted by now: of the last, or, if that is a vote, of all that are votes.
 *
 * @param events the log from the first to the last that it told of
 */
export function messageAgain(events: readonly PollEvent[]): MessageEvents | undefined {
  const last = events.at(-1)
  const [first, ...others] = last && isVote(last) ? events.filter(isVote) : events.slice(-1)
  return first && [first, ...others]
}

export function lastRevision(message: MessageEvents): number {
  return (message.at(-1) ?? message[0]).revision
}

/** Of one ballot. What makes two ballots one is not drawn together with others. */
export function isVote(event: PollEvent): boolean {
  return kindOf(event) === 'votes' && event.facts.type !== 'guest_merged'
}

/** A UUID of version 8 (RFC 9562), made of a digest: a message that is posted again has it again, and no other has. */
export function messageUuid(connectionId: string, pollId: string, lastRevision: number): string {
  const bytes = createHash('sha256').update(`${connectionId} ${pollId} ${lastRevision}`).digest().subarray(0, 16)
  bytes[6] = (bytes.readUInt8(6) & 0x0f) | 0x80
  bytes[8] = (bytes.readUInt8(8) & 0x3f) | 0x80
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}
