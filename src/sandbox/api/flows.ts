import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { Flow } from '../state/flow.ts'
import type { User } from '../state/types.ts'
import type { FlowPath } from './access.ts'
import type { ApiParts } from './api-parts.ts'
import { notFound } from './failure.ts'
import { filled, flag, parse } from './inputs.ts'
import { flowJson, flowWithUsersJson } from './representation.ts'

const find = z.object({ id: filled(200) })
const withUsers = z.object({ users: flag })

/** The flows of the organization. A request for an event stream gets one. */
export async function flows(app: FastifyInstance, { world, access, streams }: ApiParts): Promise<void> {
  const viewer = (request: FastifyRequest, reply: FastifyReply) =>
    access.demand(request, reply, 'flow', 'integration', 'manage').user
  const list = (request: FastifyRequest, user: User, flows: Flow[]) => {
    const toJson = parse(withUsers, request.query).users ? flowWithUsersJson : flowJson
    return flows.map((flow) => toJson(world, flow, user))
  }

  app.get('/flows', async (request, reply) => {
    if (streams.isAskedFor(request)) return streams.openFiltered(request, reply)
    const user = viewer(request, reply)
    return list(request, user, world.flowsOf(user))
  })

  app.get('/flows/all', async (request, reply) => {
    const user = viewer(request, reply)
    return list(
      request,
      user,
      world.flows.filter((flow) => isVisible(flow, user)),
    )
  })

  app.get('/flows/find', async (request, reply) => {
    const user = viewer(request, reply)
    return shownTo(user, world.flow(parse(find, request.query).id))
  })

  app.get<{ Params: { org: string } }>('/flows/:org', async (request, reply) => {
    const user = viewer(request, reply)
    if (request.params.org !== world.organization.parameterizedName) throw notFound('organization')
    return list(request, user, world.flowsOf(user))
  })

  app.get<{ Params: FlowPath }>('/flows/:org/:flow', async (request, reply) => {
    if (streams.isAskedFor(request)) return streams.openOne(request, reply, request.params)
    const user = viewer(request, reply)
    return shownTo(user, world.flowNamed(request.params.org, request.params.flow))
  })

  function shownTo(user: User, flow: Flow | undefined) {
    if (!flow || !isVisible(flow, user)) throw notFound('flow')
    return flowWithUsersJson(world, flow, user)
  }

  /** Whether the user is in the flow, or could join it. */
  function isVisible(flow: Flow, user: User): boolean {
    return flow.has(user) || access.canJoin(flow, user)
  }
}
