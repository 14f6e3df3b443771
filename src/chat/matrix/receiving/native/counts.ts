import { Refusal } from '../../../../errors.ts'
import type { Poll } from '../../../../polls/model/poll.ts'
import { matrixChat } from '../../ids.ts'
import { nativePollIn, responseTypes } from '../../native/native-poll.ts'
import type { IncomingOf } from '../incoming.ts'
import type { Received, Receiving } from '../receiving.ts'
import { unlessRefused } from '../say.ts'

/** A native poll of the bot. */
export type NativePlace = { room: string; pollId: string; start: string }

/**
 * Sends what is missing to make the counts of clients equal the ballots, if the homeserver lets the bot do so.
 *
 * @throws if it can be tried again
 */
export async function showBallots(
  receiving: Receiving,
  { room, pollId, start }: NativePlace,
  signal: AbortSignal,
): Promise<void> {
  const poll = await pollOf(receiving, pollId)
  if (!poll) return
  await unlessRefused(async () => {
    const result = await receiving.matrix.native.sync({ room, poll, start }, signal)
    if (result === 'unfinished') throw new Error('More ballots of this native poll are left to send.')
  })
}

/**
 * After a response was redacted, makes the counts of clients equal the ballots again: the vote stays, as only its voter
 * can withdraw it.
 *
 * @throws if it can be tried again
 */
export async function restoreCounts(
  receiving: Receiving,
  { room, content: { of }, signal }: Received<IncomingOf<'redaction'>>,
): Promise<void> {
  const { services, matrix } = receiving
  const threads = await services.connections.threadsIn(matrixChat, room)
  const places = threads.flatMap(({ pollId, threadData }): NativePlace[] => {
    const start = nativePollIn(threadData)?.start
    return start === undefined ? [] : [{ room, pollId, start }]
  })
  if (places.length === 0) return
  // What is left of the event does not say to which poll it belonged.
  const redacted = await matrix.rooms.event(room, of, signal)
  if (!responseTypes.some((type) => type === redacted?.type)) return
  for (const place of places) await showBallots(receiving, place, signal)
}

/** Undefined if it does not exist, or was deleted. */
export async function pollOf({ services }: Receiving, pollId: string): Promise<Poll | undefined> {
  try {
    return (await services.polls.view(pollId)).poll
  } catch (error) {
    if (error instanceof Refusal && (error.code === 'gone' || error.code === 'not_found')) return undefined
    throw error
  }
}
