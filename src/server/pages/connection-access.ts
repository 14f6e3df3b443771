import type { FastifyRequest } from 'fastify'
import type { ConnectionAccess } from '../../chat/connections/connections.ts'
import type { Services } from '../../services.ts'

/** Who asks, if they have signed in with a chat. Without that, nobody gets to see a connection. */
export async function managerOf(
  services: Pick<Services, 'chatAccounts'>,
  { person }: FastifyRequest,
): Promise<ConnectionAccess | undefined> {
  const accounts = person ? await services.chatAccounts.of(person.id) : []
  return person && accounts.length > 0 ? { personId: person.id, accounts } : undefined
}
