import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { connect, updateSource } from '../state/inbox.ts'
import type { FlowPath } from './access.ts'
import type { ApiParts } from './api.ts'
import { forbidden } from './failure.ts'
import { filled, linkOrNone, optional, parse, text } from './inputs.ts'
import { sourceJson } from './representation.ts'
import { sourceEdit } from './source.ts'

const newSource = z.object({ name: filled(255), external_url: optional(linkOrNone) })
const withToken = z.object({ flow_token: filled(200) })
const maybeWithToken = z.object({ flow_token: optional(text(200)) })

/** The pairings of applications with flows. */
export async function sources(app: FastifyInstance, { world, access }: ApiParts): Promise<void> {
  app.get('/sources', async (request, reply) => {
    const { flow_token: flowToken } = parse(maybeWithToken, request.query)
    if (flowToken) {
      const { flow, source } = access.source(flowToken)
      return [sourceJson(world, flow, source)]
    }
    const { user } = access.demand(request, reply, 'flow', 'integration', 'manage')
    const flows = world.flows.filter((flow) => flow.members.includes(user))
    return flows.flatMap((flow) => world.sources.list(flow.id).map((source) => sourceJson(world, flow, source)))
  })

  app.put('/sources', async (request) => {
    const { flow, source } = access.source(parse(withToken, request.body).flow_token)
    return sourceJson(world, flow, updateSource(flow, source, parse(sourceEdit, request.body)))
  })

  app.get<{ Params: FlowPath }>('/flows/:org/:flow/sources', async (request, reply) => {
    const flow = access.flow(request.params, access.demand(request, reply, 'flow', 'integration', 'manage'))
    return world.sources.list(flow.id).map((source) => sourceJson(world, flow, source))
  })

  app.post<{ Params: FlowPath }>('/flows/:org/:flow/sources', async (request, reply) => {
    const identity = access.demand(request, reply, 'integration')
    const flow = access.flow(request.params, identity)
    const { user: creator, application } = identity
    if (!application) throw forbidden('Only an application can create a source, with an access token of OAuth.')
    const { name, external_url: externalUrl } = parse(newSource, request.body)
    const source = connect(flow, { name, externalUrl, application, creator })
    return reply.code(201).send({ ...sourceJson(world, flow, source), flow_token: source.flowToken })
  })
}
