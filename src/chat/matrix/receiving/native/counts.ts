import { Refusal } from '../../../../errors.ts'
import type { Poll } from '../../../../polls/model/poll.ts'
import { matrixChat } from '../../ids.ts'
import { endTypes, nativePollIn, responseTypes, whyNotNative } from '../../native/native-poll.ts'
import { matrixSettingsOf } from '../../settings.ts'
import type { IncomingOf } from '../incoming.ts'
import type { Received, Receiving } from '../receiving.ts'
import { unlessRefused } from '../say.ts'

/** A native poll of the bot. */
export type NativePlace = { room: string; pollId: string; connectionId: string; start: string; isEnded?: boolean }

/**
 * Sends what is missing to make the counts of clients equal the ballots, if the homeserver lets the bot do so. When that is
 * much, delivery does the rest: the inbox of the room waits for no votes. A native poll that the room should not have is
 * left to delivery, too, which takes it away.
 *
 * @throws if it can be tried again
 */
export async function showBallots(
  receiving: Receiving,
  { room, pollId, connectionId, start }: NativePlace,
  signal: AbortSignal,
): Promise<void> {
  const poll = await pollOf(receiving, pollId)
  if (!poll || whyNotNative(poll) || !(await showsNative(receiving, room, connectionId))) return
  await unlessRefused(async () => {
    const result = await receiving.matrix.native.sync({ room, poll, start }, signal)
    if (result === 'unfinished') await receiving.services.delivery.showAgain({ pollId, connectionId })
  })
}

/**
 * After a response was redacted or edited, makes the counts of clients equal the ballots again: the vote stays, as only its
 * voter can withdraw it. After an end of the bot was redacted, delivery ends the native poll again.
 *
 * @throws if it can be tried again
 */
export async function restoreCounts(
  receiving: Receiving,
  { room, content: { of }, signal }: Received<IncomingOf<'redaction' | 'response edit'>>,
): Promise<void> {
  const { services, matrix } = receiving
  const threads = await services.connections.threadsIn(matrixChat, room)
  const places = threads.flatMap(({ pollId, connectionId, threadData }): NativePlace[] => {
    const native = nativePollIn(threadData)
    return native ? [{ room, pollId, connectionId, start: native.start, isEnded: native.isEnded }] : []
  })
  if (places.length === 0) return
  // What is left of the event does not say to which poll it belonged.
  const redacted = await matrix.rooms.event(room, of, signal)
  const isOneOf = (types: readonly string[]) => redacted !== undefined && types.includes(redacted.type)
  if (isOneOf(responseTypes)) for (const place of places) await showBallots(receiving, place, signal)
  if (!isOneOf(endTypes) || redacted?.sender !== matrix.users.bot) return
  for (const place of places.filter(({ isEnded }) => isEnded)) await services.delivery.showAgain(place)
}

/** A connection that is paused posts nothing, and nobody's vote either. */
async function showsNative({ services }: Receiving, room: string, connectionId: string): Promise<boolean> {
  const connections = await services.connections.inRoom(matrixChat, room)
  const connection = connections.find(({ id }) => id === connectionId)
  return connection?.status === 'active' && matrixSettingsOf(connection.chatSettings).nativePolls
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
