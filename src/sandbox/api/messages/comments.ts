import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { comment, postFile } from '../../state/chat.ts'
import type { Flow } from '../../state/flow.ts'
import type { ChatLine, FileMessage, FlowMessage } from '../../state/types.ts'
import type { ApiParts } from '../api-parts.ts'
import { blank, invalid, validationError } from '../failure.ts'
import { withFile } from '../files/large-bodies.ts'
import { sentFile } from '../files/sent-files.ts'
import { messageId, optional, parse, problem, text } from '../inputs.ts'
import { messageJson } from '../representation.ts'
import { type MessagePath, messageIn } from './message.ts'
import { fileLine, line } from './message-input.ts'
import { accepted, destination } from './sending.ts'

const kind = z.object({ event: optional(text(50)) })
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
    const parent = answerable(to)
    const { event } = parse(kind, request.body)
    const answer =
      event === 'file'
        ? postFile(flow, sender.user, sentFile(flow.files, request.body), parse(fileLine, request.body), { parent })
        : comment(flow, sender.user, parent, parse(line, request.body))
    return accepted(world, request, reply, flow, answer)
  }
  app.post('/comments', withFile(world.files), post)
  app.post('/flows/:org/:flow/messages/:message/comments', withFile(world.files), post)

  app.get<MessagePath>('/flows/:org/:flow/messages/:message/comments', async (request, reply) => {
    const flow = access.flow(request.params, access.demand(request, reply, 'flow'))
    const { id } = messageIn(flow, request.params.message)
    const tag = `influx:${id}`
    const replies = flow.messages.list().filter(({ event, tags }) => repliesTo(event) && tags.includes(tag))
    return replies.map((reply) => messageJson(world, flow, reply))
  })
}

const repliesTo = (event: FlowMessage['event']) => event === 'comment' || event === 'file'

function namedParent(flow: Flow, body: unknown): FlowMessage {
  const message = flow.messages.get(parse(parent, body).message)
  if (!message) throw validationError({ message: [invalid] })
  return message
}

/** Only a chat line or a file outside threads can have comments. */
function answerable(message: FlowMessage): ChatLine | FileMessage {
  const isSaid = message.event === 'message' || message.event === 'status' || message.event === 'file'
  if (isSaid && message.threadId === null) return message
  throw validationError({ message: [invalid] })
}
