import type { ServerResponse } from 'node:http'
import { finished } from 'node:stream'
import type { FastifyInstance, FastifyReply } from 'fastify'
import { type FlowParams, flowOf } from './flow.ts'
import { Refused } from './forms.ts'
import type { SandboxWebOptions } from './page.ts'

const maxViewers = 1_000
/** Changes within this time are sent together, in milliseconds. */
const debounceMs = 50
const heartbeatMs = 15_000
/** In bytes. A viewer with more unread data is disconnected; its browser reconnects. */
const maxUnread = 16_384
/** In milliseconds. A viewer that reads nothing for this long is disconnected. */
const unreadTimeoutMs = 4 * heartbeatMs

/** Notifies the open pages of a flow of changes. The pages then fetch their content again. */
export async function stream(app: FastifyInstance, { world }: SandboxWebOptions): Promise<void> {
  const pages = pageStream(app)
  const unsubscribe = world.changes.subscribe(({ flow }) => pages.changed(flow.id))
  app.addHook('preClose', async () => unsubscribe())
  app.get<FlowParams>('/app/:organization/:flow/stream', { exposeHeadRoute: false }, async (request, reply) => {
    pages.open(reply, flowOf(world, request).id)
  })
}

/** The open pages, each of one flow or room. */
export type PageStream = {
  /** Keeps a page's connection open. */
  open(reply: FastifyReply, id: string): void
  /** Notifies the pages of this flow or room. */
  changed(id: string): void
}

export function pageStream(app: FastifyInstance): PageStream {
  const viewers = new Map<ServerResponse, string>()
  const changes = new Set<string>()
  let timer: NodeJS.Timeout | undefined
  const beat = setInterval(() => send(() => true, ': still here\n\n'), heartbeatMs).unref()
  app.addHook('preClose', async () => {
    clearInterval(beat)
    clearTimeout(timer)
    for (const viewer of viewers.keys()) viewer.destroy()
  })
  return { open, changed }

  function changed(id: string): void {
    if (viewers.size === 0) return
    changes.add(id)
    timer ??= setTimeout(sendChanges, debounceMs)
  }

  function open(reply: FastifyReply, id: string): void {
    if (viewers.size >= maxViewers) throw new Refused(503, 'Close another page of the sandbox.')
    reply.hijack()
    reply.raw.setTimeout(unreadTimeoutMs)
    reply.raw.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
    reply.raw.write('retry: 2000\n\n')
    viewers.set(reply.raw, id)
    // Unlike the `close` event, `finished` also reports a connection that is already closed.
    finished(reply.raw, () => viewers.delete(reply.raw))
  }

  function sendChanges(): void {
    timer = undefined
    send((id) => changes.has(id), 'event: changed\ndata:\n\n')
    changes.clear()
  }

  function send(isRecipient: (id: string) => boolean, text: string): void {
    for (const [viewer, id] of viewers) {
      if (!isRecipient(id)) continue
      if (viewer.writableLength > maxUnread) viewer.destroy()
      else viewer.write(text)
    }
  }
}
