import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { User } from '../../state/types.ts'
import type { ApiParts } from '../api-parts.ts'
import { forbidden, notFound, validationError } from '../failure.ts'
import { emailAddress, parse, problem } from '../inputs.ts'
import { userJson } from '../representation.ts'

type UserPath = { Params: { user: string } }

/** A nick is one word, because people mention it: `@Steve`. */
const nick = z
  .string({ error: problem })
  .trim()
  .regex(/^[\p{L}\p{N}_]+(?:-[\p{L}\p{N}_]+)*$/u, 'must be one word')
  .max(50, 'is too long (maximum is 50 characters)')
const userEdit = z.object({ nick: nick.optional(), email: emailAddress.optional() })
const taken = 'has already been taken'

/**
 * Show users, and change one’s own account.
 * | @see https://github.com/flowdock/api-docs/blob/master/docs/users.md
 */
export async function users(app: FastifyInstance, { world, access }: ApiParts): Promise<void> {
  const { people } = world

  app.get('/user', async (request, reply) => userJson(world, access.demand(request, reply, 'profile').user))

  app.get('/users', async (request, reply) => {
    const { user } = access.demand(request, reply, 'flow', 'manage')
    return visibleTo(user).map((one) => userJson(world, one))
  })

  const show = async (request: FastifyRequest<UserPath>, reply: FastifyReply) => {
    const { user } = access.demand(request, reply, 'flow', 'manage')
    const found = access.known(request.params.user)
    if (!found || !(found === user || isTogether(found, user))) throw notFound('user')
    return userJson(world, found)
  }
  app.get<UserPath>('/users/:user', show)
  // Not documented: lita-flowdock gets the author of a message there.
  app.get<UserPath>('/user/:user', show)

  app.put<UserPath>('/users/:user', async (request, reply) => {
    const { user } = access.demand(request, reply, 'profile', 'manage')
    if (request.params.user !== String(user.id)) throw forbidden('You can change only your own account.')
    const { nick, email } = parse(userEdit, request.body)
    const isTaken = (other: User | undefined) => other !== undefined && other !== user
    const errors = {
      ...(nick !== undefined && isTaken(people.withNick(nick)) && { nick: [taken] }),
      ...(email !== undefined && isTaken(people.withEmail(email)) && { email: [taken] }),
    }
    if (Object.keys(errors).length > 0) throw validationError(errors)
    people.update(user, { nick, email })
    return {}
  })

  /** An administrator sees the whole organization. Other users see those in their own flows. */
  function visibleTo(user: User): User[] {
    if (access.isAdmin(user)) return [...people.members]
    const flows = world.flowsOf(user)
    return people.users.filter((one) => one === user || flows.some((flow) => flow.has(one)))
  }

  function isTogether(...both: User[]): boolean {
    return both.every((user) => people.members.includes(user))
  }
}
