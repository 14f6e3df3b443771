import { isConstraintViolation } from '../../database/failures.ts'
import type { PrismaClient } from '../../database/generated/client.ts'
import { Refusal } from '../../errors.ts'
import type { ChatAccounts } from '../../people/chat-accounts.ts'
import type { BallotBox } from '../../polls/ballot-box/ballot-box.ts'
import { newComment } from '../../polls/inputs/inputs.ts'
import { limits } from '../../polls/model/limits.ts'
import type { ThreadLine } from '../chat.ts'
import type { ReadingConnection } from './reading-leases.ts'

type CommentedConnection = Pick<ReadingConnection, 'id' | 'chat' | 'roomName'>
export type CommentServices = { prisma: PrismaClient; ballotBox: BallotBox; chatAccounts: ChatAccounts }

/** Makes a comment of each line, in order. A line that is a comment already is skipped. */
export async function storeLines(
  services: CommentServices,
  connection: CommentedConnection,
  lines: readonly ThreadLine[],
): Promise<void> {
  for (const line of lines) await storeLine(services, connection, line)
}

/** Only in polls that the connection mirrors. Others, and polls that were deleted, get no comment. */
async function storeLine(
  { prisma, ballotBox, chatAccounts }: CommentServices,
  { id: connectionId, chat, roomName: room }: CommentedConnection,
  { pollId, message, author, text }: ThreadLine,
): Promise<void> {
  const { data } = newComment.safeParse({ body: [...text].slice(0, limits.comment.max).join('') })
  if (!data || (await prisma.mirror.count({ where: { pollId, connectionId, finalRevision: null } })) === 0) return
  const by = await chatAccounts.authorOf({ chat, accountId: author.accountId }, () => author.name)
  try {
    const from = { chat, room, connectionId, message }
    await ballotBox.submit({ pollId, command: { type: 'comment', by, body: data.body, from } })
  } catch (error) {
    const isRefused = error instanceof Refusal && error.code !== 'unavailable'
    if (!isRefused && !isConstraintViolation(error)) throw error
  }
}
