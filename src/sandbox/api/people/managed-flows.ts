import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { accessModes, type Flow } from '../../state/flow.ts'
import { join } from '../../state/people/membership.ts'
import { demandScope, type FlowPath } from '../access.ts'
import type { ApiParts } from '../api-parts.ts'
import { forbidden, notFound, onlyAdministrators } from '../failure.ts'
import { filled, parse, yesOrNo } from '../inputs.ts'
import { flowJson, flowWithUsersJson } from '../representation.ts'

const flowName = filled(100)
const newFlow = z.object({ name: flowName })
const flowEdit = z.object({
  name: flowName.optional(),
  open: yesOrNo.optional(),
  disabled: yesOrNo.optional(),
  access_mode: z.enum(accessModes, { error: 'is not included in the list' }).optional(),
})

/**
 * Create, change and join flows.
 * | @see https://github.com/flowdock/api-docs/blob/master/docs/flows.md#create-a-flow
 */
export async function managedFlows(app: FastifyInstance, { world, access }: ApiParts): Promise<void> {
  app.post<{ Params: { org: string } }>('/flows/:org', async (request, reply) => {
    const identity = access.demand(request, reply, 'manage')
    access.organization(request.params.org, identity)
    const flow = world.createFlow(parse(newFlow, request.body).name, identity.user)
    if (!flow) throw forbidden('The organization has as many flows as this sandbox keeps.')
    return reply.code(201).send(flowWithUsersJson(world, flow, identity.user))
  })

  app.put<{ Params: FlowPath }>('/flows/:org/:flow', async (request, reply) => {
    const identity = access.demand(request, reply, 'flow', 'manage')
    const { user } = identity
    const flow = world.flowNamed(request.params.org, request.params.flow)
    // An administrator also reaches a disabled flow, to enable it again.
    const isAdmin = access.isAdmin(user)
    if (!flow || !(flow.has(user) || isAdmin || access.canJoin(flow, user))) throw notFound('flow')
    const { name, open, disabled, access_mode: accessMode } = parse(flowEdit, request.body)
    const isManaged = name !== undefined || disabled !== undefined || accessMode !== undefined
    if (isManaged) {
      demandScope(identity, 'manage')
      // The documentation leaves open what only administrators can change. Here: who can come in, and whether it exists.
      if (!isAdmin && !flow.has(user)) throw forbidden('You are not in this flow.')
      if (!isAdmin && (disabled !== undefined || accessMode !== undefined)) throw onlyAdministrators()
      flow.update({ name, isDisabled: disabled, accessMode })
    }
    if (open === true && !flow.members.includes(user)) enter(flow)
    else if (open !== undefined) flow.setOpen(user, open)
    return flowJson(world, flow, user)

    function enter(flow: Flow): void {
      if (!access.canJoin(flow, user)) throw forbidden('Only a member can invite you to this flow, or its link.')
      join(flow, user)
    }
  })
}
