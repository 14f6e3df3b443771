import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { ApiParts } from '../api-parts.ts'
import { parse, yesOrNo } from '../inputs.ts'
import { conversationJson } from '../representation.ts'

export type PrivatePath = { Params: { user: string } }

const conversationEdit = z.object({ open: yesOrNo.optional() })

/**
 * List, show and change the user's private conversations. The id of a conversation is that of the other user.
 * | @see https://github.com/flowdock/api-docs/blob/master/docs/private-conversations.md
 */
export async function conversations(app: FastifyInstance, { world, access }: ApiParts): Promise<void> {
  app.get('/private', async (request, reply) => {
    const { user } = access.demand(request, reply, 'private')
    return world.conversations.of(user).map((conversation) => conversationJson(world, conversation, user))
  })

  app.get<PrivatePath>('/private/:user', async (request, reply) => {
    const { user, other } = access.privately(request.params.user, access.demand(request, reply, 'private'))
    return conversationJson(world, world.conversations.between(user, other), user)
  })

  app.put<PrivatePath>('/private/:user', async (request, reply) => {
    const { user, other } = access.privately(request.params.user, access.demand(request, reply, 'private'))
    const { open } = parse(conversationEdit, request.body)
    const conversation = world.conversations.between(user, other)
    if (open !== undefined) conversation.setOpen(user, open)
    return conversationJson(world, conversation, user)
  })
}
