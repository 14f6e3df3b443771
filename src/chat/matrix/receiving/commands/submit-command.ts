import { Refusal } from '../../../../errors.ts'
import type { Command } from '../../../../polls/model/commands.ts'
import { answerKey, matrixChat } from '../../ids.ts'
import type { Receiving } from '../receiving.ts'

/** What is stored under the event's id: `refused` is why, in a sentence. */
type Answer = { refused?: string }

/**
 * Submits what an event asks for, once: a repeated event gets the stored answer.
 *
 * @returns why it was refused, in a sentence; undefined if it was done
 */
export async function submitCommand(
  { services }: Pick<Receiving, 'services'>,
  eventId: string,
  pollId: string,
  command: Command,
): Promise<string | undefined> {
  const idempotency = {
    ...{ owner: matrixChat, key: answerKey(eventId), fingerprint: eventId },
    answer: (): Answer => ({}),
    refused: ({ message }: Refusal): Answer => ({ refused: message }),
  }
  try {
    return ((await services.ballotBox.submitOnce({ pollId, command, idempotency })) as Answer).refused
  } catch (error) {
    if (error instanceof Refusal && error.code !== 'unavailable') return error.message
    throw error
  }
}
