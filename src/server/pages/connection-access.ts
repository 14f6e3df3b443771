import type { FastifyRequest } from 'fastify'
import type { ConnectionAccess } from '../../chat/connections/connections.ts'
import type { LinkedAccount } from '../../people/chat-accounts.ts'
import type { Services } from '../../services.ts'
import { canSignIn } from '../sign-in-requirements.ts'

export type Manager = Omit<ConnectionAccess, 'accounts'> & { accounts: readonly LinkedAccount[] }

/**
 * The person who asks, with their chat accounts. Undefined for guests, who may not see connections; where nobody can sign
 * in, they may see those that they made.
 */
export async function managerOf(
  { chatAccounts, chats }: Pick<Services, 'chatAccounts' | 'chats'>,
  { person }: FastifyRequest,
): Promise<Manager | undefined> {
  const accounts = person ? await chatAccounts.of(person.id) : []
  return person && (accounts.length > 0 || !canSignIn(chats)) ? { personId: person.id, accounts } : undefined
}
