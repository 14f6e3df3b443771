import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { comment } from '../../state/chat.ts'
import type { Flow } from '../../state/flow.ts'
import type { ChatLine, FlowMessage } from '../../state/types.ts'
import type { ApiParts } from '../api-parts.ts'
import { blank, invalid, validationError } from '../failure.ts'
import { messageId, parse, problem } from '../inputs.ts'
import { messageJson } from '../representation.ts'
import { type MessagePath, messageIn } from './message.ts'
import { line } from './message-input.ts'
import { accepted, destination } from './sending.ts'

const parent = z.object({
  message: z.union([z.string(), z.number()], { error: problem }).transform(Number).pipe(messageId),
})

/** Comments: replies to messages outside threads. */
export async function comments(app: FastifyInstance, { world, access }: ApiParts): Promise<void> {
  const post = async (request: FastifyRequest, reply: FastifyReply) => {
    const { flow, sender } = destination(access, request, reply)
    if (!('user' in sender)) throw validationError({ flow: [blank] })
    const { message } = request.params as { message?: string }
    const to = message === undefined ? namedParent(flow, request.body) : messageIn(flow, message)
    const answer = comment(flow, sender.user, answerable(to), parse(line, request.body))
    return accepted(world, request, reply, flow, answer)
  }
  app.post('/comments', post)
  app.post('/flows/:org/:flow/messages/:message/comments', post)

  app.get<MessagePath>('/flows/:org/:flow/messages/:message/comments', async (request, reply) => {
    const flow = access.flow(request.params, access.demand(request, reply, 'flow'))
    const { id } = messageIn(flow, request.params.message)
    const replies = flow.messages.list().filter((reply) => reply.event === 'comment' && reply.parent === id)
    return replies.map((reply) => messageJson(world, flow, reply))
  })
}

function namedParent(flow: Flow, body: unknown): FlowMessage {
  const message = flow.messages.get(parse(parent, body).message)
  if (!message) throw validationError({ message: [invalid] })
  return message
}

/** Only a chat line outside threads can have comments. */
function answerable(message: FlowMessage): ChatLine {
  if ((message.event === 'message' || message.event === 'status') && message.threadId === null) return message
  throw validationError({ message: [invalid] })
}
