import type { FastifyRequest } from 'fastify'
import type { ConnectionAccess } from '../../chat/connections/connections.ts'
import type { LinkedAccount } from '../../people/chat-accounts.ts'
import type { Services } from '../../services.ts'

export type Manager = Omit<ConnectionAccess, 'accounts'> & { accounts: readonly LinkedAccount[] }

/** The person who asks, with their chat accounts. Undefined for guests, who may not see connections. */
export async function managerOf(
  services: Pick<Services, 'chatAccounts'>,
  { person }: FastifyRequest,
): Promise<Manager | undefined> {
  const accounts = person ? await services.chatAccounts.of(person.id) : []
  return person && accounts.length > 0 ? { personId: person.id, accounts } : undefined
}
