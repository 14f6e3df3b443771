import type { FastifyReply, FastifyRequest } from 'fastify'
import type { ChatAccount } from '../../people/chat-accounts.ts'
import { type PersonName, personFrom } from '../../people/model/person-name.ts'
import { isolated } from '../../polls/model/direction.ts'
import type { Services } from '../../services.ts'

/**
 * Signs the browser in as the owner of an account, which its chat has checked. What was done as a guest here, or with
 * the account before, becomes theirs.
 */
export async function signInWith(
  { chatAccounts, merges, setAsideVotes }: Pick<Services, 'chatAccounts' | 'merges' | 'setAsideVotes'>,
  request: FastifyRequest,
  reply: FastifyReply,
  account: ChatAccount,
): Promise<PersonName> {
  const { person: guest } = request
  const former = await chatAccounts.formerOwner(account)
  const person = personFrom({ ...(await chatAccounts.signIn(account, guest)), isSignedIn: true })
  if (former?.id !== person.id) await merges.merge(former, person)
  if (await merges.merge(guest, person)) reply.setFlash(`What you did as ${isolated(guest?.name ?? '')} is yours now.`)
  else if ((await setAsideVotes.count(person)) > 0) reply.setFlash('What you voted as a guest counts now.')
  await request.server.signIn(request, reply, person)
  return person
}
