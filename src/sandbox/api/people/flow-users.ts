import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { addUser, block, unblock } from '../../state/people/membership.ts'
import type { User } from '../../state/types.ts'
import type { FlowPath } from '../access.ts'
import type { ApiParts } from '../api-parts.ts'
import { forbidden, invalid, notFound, validationError } from '../failure.ts'
import { parse, problem, yesOrNo } from '../inputs.ts'
import { userJson } from '../representation.ts'

const newMember = z.object({
  id: z.union([z.int(), z.string().regex(/^\d{1,10}$/)], { error: problem }).transform(Number),
})
const memberEdit = z.object({ disabled: yesOrNo })

/** List, add and block the users of a flow. */
export async function flowUsers(app: FastifyInstance, { world, access }: ApiParts): Promise<void> {
  app.get<{ Params: FlowPath }>('/flows/:org/:flow/users', async (request, reply) => {
    const flow = access.flow(request.params, access.demand(request, reply, 'flow', 'manage'))
    return flow.members.map((user) => userJson(world, user))
  })

  app.post<{ Params: FlowPath }>('/flows/:org/:flow/users', async (request, reply) => {
    const identity = access.demand(request, reply, 'manage')
    const flow = access.flow(request.params, identity)
    const user = world.user(parse(newMember, request.body).id)
    if (!user || !world.people.members.includes(user)) throw validationError({ id: [invalid] })
    // Not documented: blocking would be useless if anybody could add the user again.
    if (flow.isBlocked(user)) throw validationError({ id: ['is blocked from the flow'] })
    if (!flow.has(user)) addUser(flow, identity.user, user)
    return {}
  })

  app.put<{ Params: FlowPath & { user: string } }>('/flows/:org/:flow/users/:user', async (request, reply) => {
    const identity = access.demand(request, reply, 'manage')
    const flow = access.managedFlow(request.params, identity)
    const user = access.known(request.params.user)
    if (!user || !(flow.has(user) || flow.isBlocked(user))) throw notFound('user in this flow')
    const { disabled } = parse(memberEdit, request.body)
    demandPower(identity.user, user)
    if (disabled && !flow.isBlocked(user)) block(flow, identity.user, user)
    if (!disabled && flow.isBlocked(user)) unblock(flow, user)
    return {}
  })

  function demandPower(by: User, user: User): void {
    if (access.isAdmin(by) || !user.isAdmin) return
    throw forbidden('Only an administrator can block an administrator.')
  }
}
