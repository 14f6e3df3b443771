import { type InboxChat, type InboxMessage, InvalidMessage } from '../../inbox/inbox.ts'
import type { MatrixChat } from '../matrix-chat.ts'
import { runInRoom, runInThread, voteAfterConnection } from './commands/commands.ts'
import { parseCommand } from './commands/parse-command.ts'
import { newPollsOf } from './commands/poll-limit.ts'
import { changeComment, removeComment, storeComment } from './comments.ts'
import { type IncomingOf, incoming } from './incoming.ts'
import { missedMessages } from './missed.ts'
import { restoreCounts } from './native/counts.ts'
import { takeEnd } from './native/ends.ts'
import { takeResponse } from './native/responses.ts'
import { takeStart } from './native/start-poll.ts'
import { startFinder } from './native/starts.ts'
import { nameFinder } from './people.ts'
import type { Received, Receiving, ReceivingServices } from './receiving.ts'
import { followReplacement, greet, notePower, noteRemoval } from './room-changes.ts'
import { newForeignThreads, storedThread } from './stored-thread.ts'
import { newWrongCodes, takeCode } from './take-code.ts'

/** Handles the events that the homeserver pushes, and reads those that it did not push. */
export function matrixInbox(services: ReceivingServices, matrix: MatrixChat): InboxChat {
  const finders = { nameOf: nameFinder(matrix), startOf: startFinder(matrix) }
  const remembered = { wrongCodes: newWrongCodes(), foreignThreads: newForeignThreads(), pollsOf: newPollsOf() }
  const receiving: Receiving = { services, matrix, ...finders, ...remembered }
  return {
    handle: (message, signal) => handle(receiving, message, signal),
    missed: missedMessages(services.clock, matrix),
  }
}

async function handle(receiving: Receiving, { id, room, sentAt, content: stored }: InboxMessage, signal: AbortSignal) {
  const { data: content } = incoming.safeParse(stored)
  if (!content) throw new InvalidMessage('It is no event that Polldock handles.')
  const received = { id, room, sentAt, signal }
  switch (content.type) {
    case 'message':
      return answer(receiving, { ...received, content })
    case 'code':
      return takeCode(receiving, { ...received, content })
    case 'edit':
      return changeComment(receiving, { ...received, content })
    case 'redaction':
      await removeComment(receiving, { ...received, content })
      return restoreCounts(receiving, { ...received, content })
    case 'response edit':
      return restoreCounts(receiving, { ...received, content })
    case 'end':
      return takeEnd(receiving, { ...received, content })
    case 'start':
      return takeStart(receiving, { ...received, content })
    case 'response':
      return takeResponse(receiving, { ...received, content })
    case 'invite':
      return greet(receiving, { ...received, content })
    case 'removed':
      return noteRemoval(receiving, { ...received, content })
    case 'replaced':
      return followReplacement(receiving, { ...received, content })
    case 'power':
      return notePower(receiving, { ...received, content })
  }
}

/** A command, or a comment of the poll in whose thread it is written. Other threads are not ours. */
async function answer(receiving: Receiving, received: Received<IncomingOf<'message'>>): Promise<void> {
  const { thread, replyTo, text } = received.content
  const root = thread ?? replyTo
  const mirror = root === undefined ? null : await storedThread(receiving, received, root)
  const command = parseCommand(text)
  if (mirror && root !== undefined) {
    const inThread = { ...mirror, root }
    return command ? runInThread(receiving, received, inThread, command) : storeComment(receiving, received, inThread)
  }
  if (command && !thread) await runInRoom(receiving, received, command)
  else if (command?.name === 'vote' && thread) await voteAfterConnection(receiving, received, thread)
}
