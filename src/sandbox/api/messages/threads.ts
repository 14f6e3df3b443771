import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { Flow } from '../../state/flow.ts'
import type { FlowThread } from '../../state/types.ts'
import type { World } from '../../world.ts'
import type { FlowPath } from '../access.ts'
import type { ApiParts } from '../api-parts.ts'
import { invalid, notFound } from '../failure.ts'
import { flag, optional, parse, text } from '../inputs.ts'
import { sendList } from '../lists/send-list.ts'
import { messageJson, threadJson } from '../representation.ts'
import { listed, listing } from './listing.ts'

type ThreadPath = { Params: FlowPath & { thread: string } }

const date = z.iso.datetime({ offset: true, error: invalid }).transform((value) => new Date(value))
const filters = z.object({
  until: optional(date),
  since: optional(date),
  application: optional(text(100)),
  empty: flag,
})

/** The documentation names no limit. One page of the inbox shows this many threads. */
const maxListed = 100

/** List and show the threads of a flow. */
export async function threads(app: FastifyInstance, { world, access }: ApiParts): Promise<void> {
  app.get<{ Params: FlowPath }>('/flows/:org/:flow/threads', async (request, reply) => {
    const flow = access.flow(request.params, access.demand(request, reply, 'flow'))
    const found = matching(flow, parse(filters, request.query))
    const last = found[maxListed - 1]
    // The next page begins at an earlier time, so this page holds all threads of the last time.
    const page = last ? found.filter(({ updatedAt }) => updatedAt >= last.updatedAt) : found
    if (last && page.length < found.length) reply.header('link', nextLink(world, flow, last))
    return sendList(reply, page, (thread) => threadJson(world, thread))
  })

  app.get<ThreadPath>('/flows/:org/:flow/threads/:thread', async (request, reply) => {
    const flow = access.flow(request.params, access.demand(request, reply, 'flow'))
    return threadJson(world, threadIn(flow, request.params.thread))
  })

  app.get<ThreadPath>('/flows/:org/:flow/threads/:thread/messages', async (request, reply) => {
    const flow = access.flow(request.params, access.demand(request, reply, 'flow'))
    const { id } = threadIn(flow, request.params.thread)
    const found = await listed(flow, flow.messages.inThread(id), parse(listing, request.query))
    return sendList(reply, found, (message) => messageJson(world, flow, message))
  })
}

/** @throws {Failure} 404 for an unknown or deleted id */
export function threadIn(flow: Flow, id: string): FlowThread {
  const thread = flow.threads.get(id)
  if (!thread) throw notFound('thread')
  return thread
}

/** Threads that match, last updated first. */
function matching(flow: Flow, { until, since, application, empty }: z.output<typeof filters>): FlowThread[] {
  return flow.threads.list().filter((thread) => {
    const isInTime = (!until || thread.updatedAt < until) && (!since || thread.updatedAt > since)
    // All threads are in the inbox: a chat line cannot start a thread.
    const isOfApplication = [null, 'inbox', String(thread.source.application.id)].includes(application)
    const messages = thread.activities + thread.internalComments + thread.externalComments
    return isInTime && isOfApplication && (empty || messages > 0)
  })
}

function nextLink(world: World, flow: Flow, last: FlowThread): string {
  const query = new URLSearchParams({ until: last.updatedAt.toISOString() })
  return `<${world.flowUrl(flow)}/threads?${query}>; rel="next"`
}
