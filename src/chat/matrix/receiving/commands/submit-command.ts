import { Refusal } from '../../../../errors.ts'
import type { Command } from '../../../../polls/model/commands.ts'
import { answerKey, matrixChat } from '../../ids.ts'
import type { Receiving } from '../receiving.ts'

/** What is stored under the event's id. `refused` is why, in a sentence. `isUnchanged`: the poll was like this before. */
export type Answer = { refused?: string; isUnchanged?: boolean }

/** Submits what an event asks for, once: a repeated event gets the stored answer. */
export async function submitCommand(
  { services }: Pick<Receiving, 'services'>,
  eventId: string,
  pollId: string,
  command: Command,
): Promise<Answer> {
  const idempotency = {
    ...{ owner: matrixChat, key: answerKey(eventId), fingerprint: eventId },
    answer: ({ events }: { events: unknown[] }): Answer => (events.length === 0 ? { isUnchanged: true } : {}),
    refused: ({ message }: Refusal): Answer => ({ refused: message }),
  }
  try {
    return (await services.ballotBox.submitOnce({ pollId, command, idempotency })) as Answer
  } catch (error) {
    if (error instanceof Refusal && error.code !== 'unavailable') return { refused: error.message }
    throw error
  }
}
