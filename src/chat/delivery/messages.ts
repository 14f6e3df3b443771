import { createHash } from 'node:crypto'
import type { PollEvent } from '../../polls/model/events.ts'
import { type Gathered, isVote, nextOfSamePerson, votesInRow } from '../gathered-votes.ts'

/** The events of one message. */
export type MessageEvents = Gathered

/** More consecutive messages of votes than this become one message. */
export const maxSingleVotes = 5

/**
 * Groups events into messages, in order. Each wanted event is in exactly one message.
 *
 * @param events the events after the cursor, without a gap
 * @param inFlightRevision the last revision of a message in flight: the same message is built again, whatever has
 * happened since
 */
export function messagesOf(
  events: readonly PollEvent[],
  isWanted: (event: PollEvent) => boolean,
  inFlightRevision: number | null = null,
): MessageEvents[] {
  const wanted = events.filter(isWanted)
  const begun = wanted.filter(({ revision }) => inFlightRevision !== null && revision <= inFlightRevision)
  const others = wanted.slice(begun.length)
  return [...(isOneMessage(begun) ? [begun] : inMessages(begun)), ...inMessages(others)]
}

/**
 * Several events are one message only if all are votes. The connection's settings may have changed since it was marked
 * as in flight.
 */
function isOneMessage(events: PollEvent[]): events is [PollEvent, ...PollEvent[]] {
  return events.length === 1 || (events.length > 1 && events.every(isVote))
}

function inMessages(events: readonly PollEvent[]): MessageEvents[] {
  return votesInRow(events).flatMap((run): MessageEvents[] => {
    const groups = isVote(run[0]) ? gathered(run) : [run]
    return groups.length > maxSingleVotes ? [run] : groups
  })
}

/**
 * Cuts consecutive votes into as many groups as possible, so one person's changes within a short while stay together.
 * Votes of others between them are in the same group: a message holds every vote of its range, and the cursor is one
 * number.
 */
export function gathered(votes: readonly PollEvent[]): MessageEvents[] {
  const groups: [PollEvent, ...PollEvent[]][] = []
  const next = nextOfSamePerson(votes)
  let lastOfGroup = -1
  for (const [index, vote] of votes.entries()) {
    const group = groups.at(-1)
    if (group && index <= lastOfGroup) group.push(vote)
    else groups.push([vote])
    lastOfGroup = Math.max(lastOfGroup, next.get(index) ?? index)
  }
  return groups
}

/**
 * Builds a rejected message again, whatever the connection's settings are now: its last event, or all its votes if that
 * is a vote.
 *
 * @param events the events from the first to the last of that message
 */
export function messageAgain(events: readonly PollEvent[]): MessageEvents | undefined {
  const last = events.at(-1)
  const [first, ...others] = last && isVote(last) ? events.filter(isVote) : events.slice(-1)
  return first && [first, ...others]
}

export function lastRevision(message: MessageEvents): number {
  return (message.at(-1) ?? message[0]).revision
}

/**
 * An idempotency key: a UUID of version 8 (RFC 9562) from a digest. A message that is posted again has the same one.
 */
export function messageUuid(connectionId: string, pollId: string, lastRevision: number): string {
  const bytes = createHash('sha256').update(`${connectionId} ${pollId} ${lastRevision}`).digest().subarray(0, 16)
  bytes[6] = (bytes.readUInt8(6) & 0x0f) | 0x80
  bytes[8] = (bytes.readUInt8(8) & 0x3f) | 0x80
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}
