import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { type Commented, comment, postFile, type Speaker } from '../../state/chat.ts'
import type { Flow } from '../../state/flow.ts'
import type { FlowMessage } from '../../state/types.ts'
import type { ApiParts } from '../api-parts.ts'
import { blank, invalid, validationError } from '../failure.ts'
import { withFile } from '../files/large-bodies.ts'
import { sentFile } from '../files/sent-files.ts'
import { messageId, optional, parse, problem, text } from '../inputs.ts'
import { sendList } from '../lists/send-list.ts'
import { messageJson } from '../representation.ts'
import { type MessagePath, messageIn } from './message.ts'
import { chatLine, fileLine } from './message-input.ts'
import type { MessageSender } from './posting.ts'
import { accepted, destination } from './sending.ts'

const kind = z.object({ event: optional(text(50)) })
const parent = z.object({
  message: z.union([z.string(), z.number()], { error: problem }).transform(Number).pipe(messageId),
})

/** Comments: replies to messages outside threads. */
export async function comments(app: FastifyInstance, { world, access }: ApiParts): Promise<void> {
  const post = async (request: FastifyRequest, reply: FastifyReply) => {
    const { flow, sender } = destination(access, request, reply)
    const { message } = request.params as { message?: string }
    const to = message === undefined ? namedParent(flow, request.body) : messageIn(flow, message)
    const { event } = parse(kind, request.body)
    const answer = event === 'file' ? file(flow, sender, to, request.body) : say(flow, sender, to, request.body)
    return accepted(world, request, reply, flow, answer)
  }
  app.post('/comments', withFile(world.files), post)
  app.post('/flows/:org/:flow/messages/:message/comments', withFile(world.files), post)

  app.get<MessagePath>('/flows/:org/:flow/messages/:message/comments', async (request, reply) => {
    const flow = access.flow(request.params, access.demand(request, reply, 'flow'))
    const { id } = messageIn(flow, request.params.message)
    const tag = `influx:${id}`
    const replies = flow.messages.list().filter(({ event, tags }) => repliesTo(event) && tags.includes(tag))
    return sendList(reply, replies, (one) => messageJson(world, flow, one))
  })
}

const repliesTo = (event: FlowMessage['event']) => event === 'comment' || event === 'file'

function namedParent(flow: Flow, body: unknown): FlowMessage {
  const message = flow.messages.get(parse(parent, body).message)
  if (!message) throw validationError({ message: [invalid] })
  return message
}

function file(flow: Flow, sender: MessageSender, to: FlowMessage, body: unknown): FlowMessage {
  if (!('user' in sender)) throw validationError({ flow: [blank] })
  const parent = answerable(to)
  return postFile(flow, sender.user, sentFile(flow.files, body), parse(fileLine, body), { parent })
}

function say(flow: Flow, sender: MessageSender, to: FlowMessage, body: unknown): FlowMessage {
  const { external_user_name: externalUserName, ...said } = parse(chatLine, body)
  return comment(flow, speaker(sender, externalUserName), answerable(to), said)
}

/** A name makes the author somebody outside the flow. A source needs one. */
function speaker(sender: MessageSender, externalUserName: string | null): Speaker {
  if (externalUserName) return { externalUserName }
  if ('user' in sender) return sender
  throw validationError({ external_user_name: [blank] })
}

/**
 * Only mails, and chat lines and files outside threads, can have comments.
 * | @param field that names the message
 */
export function answerable(message: FlowMessage, field = 'message'): Commented {
  const isSaid = message.event === 'message' || message.event === 'status' || message.event === 'file'
  if ((isSaid && message.threadId === null) || message.event === 'mail') return message
  throw validationError({ [field]: [invalid] })
}
