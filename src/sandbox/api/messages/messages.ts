import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { FlowPath } from '../access.ts'
import type { ApiParts } from '../api-parts.ts'
import { withFile } from '../files/large-bodies.ts'
import { parse } from '../inputs.ts'
import { sendList } from '../lists/send-list.ts'
import { messageJson } from '../representation.ts'
import { listed, listing } from './listing.ts'
import { takeOlderNames } from './older-names.ts'
import { postInto } from './posting.ts'
import { accepted, destination } from './sending.ts'
import { threadIn } from './threads.ts'

/** List, send and post the messages of a flow. */
export async function messages(app: FastifyInstance, { world, access }: ApiParts): Promise<void> {
  const post = async (request: FastifyRequest, reply: FastifyReply) => {
    const { flow, sender } = destination(access, request, reply)
    const { thread: id } = request.params as { thread?: string }
    const thread = id === undefined ? undefined : threadIn(flow, id)
    return accepted(world, request, reply, flow, postInto(flow, sender, request.body, thread))
  }
  const options = withFile(world.files)
  app.post('/messages', options, post)
  app.post('/activities', { preHandler: takeOlderNames }, post)
  app.post('/flows/:org/:flow/messages', options, post)
  app.post('/flows/:org/:flow/threads/:thread/messages', options, post)

  app.get<{ Params: FlowPath }>('/flows/:org/:flow/messages', async (request, reply) => {
    const flow = access.flow(request.params, access.demand(request, reply, 'flow'))
    const found = await listed(flow, flow.messages.list(), parse(listing, request.query))
    return sendList(reply, found, (message) => messageJson(world, flow, message))
  })
}
