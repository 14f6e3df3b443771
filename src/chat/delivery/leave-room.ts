import type { Connection, PrismaClient } from '../../database/generated/client.ts'
import type { DeliveryContext } from './context.ts'

/** Leaves the room of a connection that is about to end, as far as no other connection posts there. */
export async function leaveRoom(
  prisma: PrismaClient,
  { chats, credentials }: Pick<DeliveryContext, 'chats' | 'credentials'>,
  connection: Pick<Connection, 'id' | 'chat' | 'externalId' | 'credentials'>,
  signal: AbortSignal,
): Promise<void> {
  const { id, chat, externalId, credentials: sealed } = connection
  const known = chats.get(chat)
  if (!known?.leave || !sealed) return
  const others = { chat, externalId, id: { not: id }, status: { in: ['active' as const, 'paused' as const] } }
  const isLast = (await prisma.connection.count({ where: others })) === 0
  const opened = await credentials.open(sealed)
  if (opened !== undefined) await known.leave(opened, { id, isLast }, signal)
}
