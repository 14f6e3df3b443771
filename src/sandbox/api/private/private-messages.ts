import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { ApiParts } from '../api-parts.ts'
import { notFound } from '../failure.ts'
import { messageId, parse, problem } from '../inputs.ts'
import { sendList } from '../lists/send-list.ts'
import { listed, listing } from '../messages/listing.ts'
import { line } from '../messages/message-input.ts'
import { privateMessageJson } from '../representation.ts'
import type { PrivatePath } from './conversations.ts'

/** Flowdock documents no other event for private messages. Tags are ignored, because tagging is not enabled for them. */
const privateLine = line.pick({ content: true, uuid: true }).extend({ event: z.literal('message', { error: problem }) })

const privateListing = listing
  .pick({ event: true, limit: true, sort: true, since_id: true, until_id: true, search: true })
  .transform((query) => ({ ...query, skip: 0, tags: null, tag_mode: 'and' }) as const)

type PrivateMessagePath = { Params: { user: string; message: string } }

/**
 * Send, list and show private messages. Only the two users of a conversation can read them.
 * | @see https://github.com/flowdock/api-docs/blob/master/docs/private-messages.md
 */
export async function privateMessages(app: FastifyInstance, { world, access }: ApiParts): Promise<void> {
  app.post<PrivatePath>('/private/:user/messages', async (request, reply) => {
    const { user, other } = access.privateWriting(request.params.user, access.demand(request, reply, 'private'))
    const message = world.conversations.send(user, other, parse(privateLine, request.body))
    // The documentation answers `{}`. The header is documented for messages of flows, and works here, too.
    if (request.headers['x-flowdock-wait-for-message'] === undefined) return {}
    return privateMessageJson(world.conversations.between(user, other), message)
  })

  app.get<PrivatePath>('/private/:user/messages', async (request, reply) => {
    const { user, other } = access.privately(request.params.user, access.demand(request, reply, 'private'))
    const query = parse(privateListing, request.query)
    const conversation = world.conversations.find(user, other)
    if (!conversation) return []
    // How a message becomes read is not documented. Here, listing the messages is enough.
    conversation.markSeen(user)
    const found = await listed({ members: conversation.users }, conversation.messages.list(), query)
    return sendList(reply, found, (message) => privateMessageJson(conversation, message))
  })

  app.get<PrivateMessagePath>('/private/:user/messages/:message', async (request, reply) => {
    const { user, other } = access.privately(request.params.user, access.demand(request, reply, 'private'))
    const { data: id } = messageId.safeParse(Number(request.params.message))
    const conversation = world.conversations.find(user, other)
    const message = id === undefined ? undefined : conversation?.messages.get(id)
    if (!conversation || !message) throw notFound('message')
    return privateMessageJson(conversation, message)
  })
}
