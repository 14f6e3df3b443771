import { Refusal } from '../../../errors.ts'
import { newComment } from '../../../polls/inputs/inputs.ts'
import type { Command } from '../../../polls/model/commands.ts'
import { storeLines } from '../../comments/store-lines.ts'
import { matrixChat } from '../ids.ts'
import type { IncomingOf } from './incoming.ts'
import { personOf } from './people.ts'
import type { PollThread, Received, Receiving } from './receiving.ts'

/** A message becomes one comment: the database accepts its id once. */
export async function storeComment(
  { services, nameOf }: Receiving,
  { id, room, content: { account, text } }: Received<IncomingOf<'message'>>,
  { pollId, connection }: PollThread,
): Promise<void> {
  const author = { accountId: account, name: await nameOf(room, account) }
  const line = { pollId, message: id, author, text }
  await storeLines({ ...services, prisma: services.database.prisma }, { ...connection, chat: matrixChat }, [line])
}

/** Only the author of a message can edit the comment that it became. Clients ignore edits by others, too. */
export async function changeComment(
  receiving: Receiving,
  { room, content: { account, of, text } }: Received<IncomingOf<'edit'>>,
): Promise<void> {
  const comment = await commentIn(receiving, room, of)
  const { data } = newComment.safeParse({ body: text })
  if (!comment || !data) return
  const by = await personOf(receiving, room, account)
  const command = { type: 'editComment', by, comment: comment.revision, body: data.body } as const
  await submit(receiving, room, comment.pollId, command)
}

/** The homeserver decides who may redact, such as a moderator of the room. So the author is who deletes the comment. */
export async function removeComment(
  receiving: Receiving,
  { room, content: { of } }: Received<IncomingOf<'redaction'>>,
): Promise<void> {
  const comment = await commentIn(receiving, room, of)
  if (!comment) return
  const { pollId, revision, author: by } = comment
  await submit(receiving, room, pollId, { type: 'deleteComment', by, comment: revision })
}

/** The comment that a message of this room became. Nothing in another room changes it. */
async function commentIn({ services }: Receiving, room: string, message: string) {
  const comment = await services.polls.commentFrom(matrixChat, message)
  return comment && (await services.connections.isTo(comment.connectionId, matrixChat, room)) ? comment : undefined
}

/** Repeated, it changes nothing. A refusal is final: the poll or the comment is gone, or it is somebody else's. */
async function submit({ services }: Receiving, room: string, pollId: string, command: Command): Promise<void> {
  const [connection] = await services.connections.inRoom(matrixChat, room)
  const from = connection && { connectionId: connection.id, chat: matrixChat, room: connection.roomName }
  try {
    await services.ballotBox.submit({ pollId, command: { ...command, ...(from && { from }) } as Command })
  } catch (error) {
    if (!(error instanceof Refusal) || error.code === 'unavailable') throw error
  }
}
