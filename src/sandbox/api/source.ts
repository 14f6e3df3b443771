import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { Identity } from '../identity.ts'
import type { Flow } from '../state/flow.ts'
import { disconnect, updateSource } from '../state/inbox.ts'
import type { Source } from '../state/types.ts'
import type { FlowPath } from './access.ts'
import type { ApiParts } from './api.ts'
import { forbidden, notFound } from './failure.ts'
import { linkOrNone, parse, text } from './inputs.ts'
import { sourceJson } from './representation.ts'

type SourcePath = { Params: FlowPath & { source: string } }

const url = '/flows/:org/:flow/sources/:source'

/** What can be changed in a source; an empty text clears it. */
export const sourceEdit = z
  .object({ error_message: text(2_000).nullish(), configuration_url: linkOrNone.optional() })
  .transform(({ error_message: errorMessage, configuration_url: configurationUrl }) => ({
    ...(errorMessage !== undefined && { errorMessage: errorMessage || null }),
    ...(configurationUrl !== undefined && { configurationUrl }),
  }))

/** One pairing: shown, changed, removed. */
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

/** An application has to do only with its own sources, unless somebody lets it manage the flow. */
function changeable(source: Source, { application, scopes }: Identity): Source {
  if (!application || scopes.has('manage') || source.application.id === application.id) return source
  throw forbidden('This source belongs to another application.')
}
