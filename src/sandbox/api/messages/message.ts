import type { FastifyInstance } from 'fastify'
import type { Flow } from '../../state/flow.ts'
import { edit, remove, retag, truncate } from '../../state/revision.ts'
import type { ChatLine, FlowComment, FlowMessage, User } from '../../state/types.ts'
import type { FlowPath } from '../access.ts'
import type { ApiParts } from '../api-parts.ts'
import { forbidden, notFound } from '../failure.ts'
import { messageId, parse } from '../inputs.ts'
import { messageJson } from '../representation.ts'
import { edit as editInput } from './message-input.ts'

export type MessagePath = { Params: FlowPath & { message: string } }

const url = '/flows/:org/:flow/messages/:message'

/** Show, change and delete one message. */
export async function message(app: FastifyInstance, { world, access }: ApiParts): Promise<void> {
  app.get<MessagePath>(url, async (request, reply) => {
    const flow = access.flow(request.params, access.demand(request, reply, 'flow'))
    return messageJson(world, flow, messageIn(flow, request.params.message))
  })

  app.put<MessagePath>(url, async (request, reply) => {
    const identity = access.demand(request, reply, 'flow')
    const flow = access.flow(request.params, identity)
    const message = messageIn(flow, request.params.message)
    const { content, tags } = parse(editInput, request.body)
    if (content !== undefined) edit(flow, identity.user, own(message, identity.user), content)
    // `edit` has replaced the message object, so read it again.
    if (tags) retag(flow, identity.user, messageIn(flow, request.params.message), tags)
    return {}
  })

  app.delete<MessagePath>(url, async (request, reply) => {
    const identity = access.demand(request, reply, 'flow')
    const flow = access.flow(request.params, identity)
    const message = messageIn(flow, request.params.message)
    const isOwnFile = message.event === 'file' && message.user === identity.user
    if ('author' in message || message.event === 'mail' || isOwnFile) {
      remove(flow, message)
      return reply.code(204).send()
    }
    truncate(flow, own(message, identity.user))
    return {}
  })
}

/** @throws {Failure} 404 for an unknown or deleted id */
export function messageIn(flow: Flow, reference: string): FlowMessage {
  const { data: id } = messageId.safeParse(Number(reference))
  const message = id === undefined ? undefined : flow.messages.get(id)
  if (!message) throw notFound('message')
  return message
}

function own(message: FlowMessage, user: User): ChatLine | FlowComment {
  const isSaid = message.event === 'message' || message.event === 'comment'
  if (isSaid && message.user?.id === user.id) return message
  throw forbidden('You can change only your own messages.')
}
