import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { Flow } from '../../state/flow.ts'
import type { FlowMessage } from '../../state/types.ts'
import type { World } from '../../world.ts'
import type { Access, FlowPath } from '../access.ts'
import { blank, notFound, validationError } from '../failure.ts'
import { optional, parse, text } from '../inputs.ts'
import { messageJson } from '../representation.ts'
import type { MessageSender } from './posting.ts'

const address = z.object({ flow: optional(text(200)), flow_token: optional(text(200)) })

export type Destination = { flow: Flow; sender: MessageSender }

/**
 * The flow and sender of a message. A flow token determines both. Without one, the user sends to the flow of the URL or
 * the body.
 */
export function destination(access: Access, request: FastifyRequest, reply: FastifyReply): Destination {
  const path = request.params as Partial<FlowPath>
  const { flow: reference, flow_token: flowToken } = parse(address, request.body)
  if (flowToken) {
    const { flow, source } = access.source(flowToken)
    if (path.flow && path.flow !== flow.parameterizedName) throw notFound('flow for this flow_token')
    return { flow, sender: { source } }
  }
  const identity = access.demand(request, reply, 'flow')
  if (!path.flow && !reference) throw validationError({ flow: [blank] })
  const flow = path.flow ? access.flow(path as FlowPath, identity) : access.flowByReference(reference ?? '', identity)
  return { flow, sender: { user: identity.user } }
}

/** Answers 202 without a body, or 200 with the message if the request has `X-flowdock-wait-for-message`. */
export function accepted(world: World, request: FastifyRequest, reply: FastifyReply, flow: Flow, message: FlowMessage) {
  if (request.headers['x-flowdock-wait-for-message'] === undefined) return reply.code(202).send()
  const comments = `${world.flowUrl(flow)}/messages/${message.id}/comments`
  return reply.header('link', `<${comments}>; rel="comments"`).send(messageJson(world, flow, message))
}
