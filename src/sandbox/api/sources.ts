import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { Identity } from '../identity.ts'
import type { Flow } from '../state/flow.ts'
import { connect, disconnect, updateSource } from '../state/inbox.ts'
import type { Source } from '../state/types.ts'
import type { FlowPath } from './access.ts'
import type { ApiParts } from './api-parts.ts'
import { forbidden, notFound } from './failure.ts'
import { filled, linkOrNone, optional, parse, text } from './inputs.ts'
import { sourceJson } from './representation.ts'

const newSource = z.object({ name: filled(255), external_url: optional(linkOrNone) })
const withToken = z.object({ flow_token: filled(200) })
const maybeWithToken = z.object({ flow_token: optional(text(200)) })

/** List and create the sources of a flow. */
export async function sources(app: FastifyInstance, { world, access }: ApiParts): Promise<void> {
  app.get('/sources', async (request, reply) => {
    const { flow_token: flowToken } = parse(maybeWithToken, request.query)
    if (flowToken) {
      const { flow, source } = access.source(flowToken)
      return [sourceJson(world, flow, source)]
    }
    const { user } = access.demand(request, reply, 'flow', 'integration', 'manage')
    const flows = world.flowsOf(user)
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

  const create = async (request: FastifyRequest<{ Params: FlowPath }>, reply: FastifyReply) => {
    const identity = access.demand(request, reply, 'integration')
    const flow = access.flow(request.params, identity)
    const { user: creator, application } = identity
    if (!application) throw forbidden('Only an application can create a source, with an OAuth access token.')
    const { name, external_url: externalUrl } = parse(newSource, request.body)
    const source = connect(flow, { name, externalUrl, application, creator })
    return reply.code(201).send({ ...sourceJson(world, flow, source), flow_token: source.flowToken })
  }
  app.post('/flows/:org/:flow/sources', create)
  // The name of the first version, which Flowdock's own example application uses.
  app.post('/flows/:org/:flow/integrations', create)
}

type SourcePath = { Params: FlowPath & { source: string } }

const url = '/flows/:org/:flow/sources/:source'

/** The fields of a source that can be changed. An empty text clears a field. */
const sourceEdit = z
  .object({ error_message: text(2_000).nullish(), configuration_url: linkOrNone.optional() })
  .transform(({ error_message: errorMessage, configuration_url: configurationUrl }) => ({
    ...(errorMessage !== undefined && { errorMessage: errorMessage || null }),
    ...(configurationUrl !== undefined && { configurationUrl }),
  }))

/** Show, change and remove one source. */
export async function source(app: FastifyInstance, { world, access }: ApiParts): Promise<void> {
  app.get<SourcePath>(url, async (request, reply) => {
    const flow = access.flow(request.params, access.demand(request, reply, 'flow', 'integration', 'manage'))
    return sourceJson(world, flow, sourceIn(flow, request.params.source))
  })

  app.put<SourcePath>(url, async (request, reply) => {
    const identity = access.demand(request, reply, 'integration', 'manage')
    const flow = access.flow(request.params, identity)
    const source = changeable(sourceIn(flow, request.params.source), identity)
    return sourceJson(world, flow, updateSource(flow, source, parse(sourceEdit, request.body)))
  })

  app.delete<SourcePath>(url, async (request, reply) => {
    const identity = access.demand(request, reply, 'integration', 'manage')
    const flow = access.flow(request.params, identity)
    disconnect(flow, changeable(sourceIn(flow, request.params.source), identity))
    return reply.code(204).send()
  })
}

function sourceIn(flow: Flow, reference: string): Source {
  const source = /^\d{1,10}$/.test(reference) ? flow.sources.get(Number(reference)) : undefined
  if (!source || source.flowId !== flow.id || source.removed) throw notFound('source')
  return source
}

/** An application may change only its own sources, unless it has the scope `manage`. */
function changeable(source: Source, { application, scopes }: Identity): Source {
  if (!application || scopes.has('manage') || source.application.id === application.id) return source
  throw forbidden('This source belongs to another application.')
}
