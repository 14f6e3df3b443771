import type { FastifyInstance } from 'fastify'
import type { Services } from '../../services.ts'
import { matrixChat } from './ids.ts'
import { MatrixChat } from './matrix-chat.ts'
import { matrixInbox } from './receiving/receiver.ts'
import { applicationServicePath, transactions } from './receiving/transactions.ts'
import { signingIn } from './signing-in/signing-in.ts'

/**
 * All routes of Matrix: signing in, and what the homeserver pushes. Without a homeserver there are none. Its health is checked
 * while Polldock listens.
 */
export async function matrix(app: FastifyInstance, { services }: { services: Services }): Promise<void> {
  const chat = services.chats.get(matrixChat)
  if (!(chat instanceof MatrixChat)) return
  app.addHook('onListen', async () => chat.health.start(app.log))
  app.addHook('onClose', () => chat.health.stop())
  services.inbox.register(matrixChat, matrixInbox(services, chat))
  await app.register(signingIn, { services, bot: chat.users.bot, botLink: chat.links.bot })
  await app.register(transactions, { services, matrix: chat, prefix: applicationServicePath })
}
