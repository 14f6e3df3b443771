import type { ServerResponse } from 'node:http'
import { finished } from 'node:stream'
import type { FastifyInstance } from 'fastify'
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
  const viewers = new Map<ServerResponse, string>()
  const changed = new Set<string>()
  let timer: NodeJS.Timeout | undefined
  const beat = setInterval(() => send(() => true, ': still here\n\n'), heartbeatMs).unref()

  const unsubscribe = world.changes.subscribe(({ flow }) => {
    if (viewers.size === 0) return
    changed.add(flow.id)
    timer ??= setTimeout(sendChanges, debounceMs)
  })
  app.addHook('preClose', async () => {
    unsubscribe()
    clearInterval(beat)
    clearTimeout(timer)
    for (const viewer of viewers.keys()) viewer.destroy()
  })

  app.get<FlowParams>('/app/:organization/:flow/stream', { exposeHeadRoute: false }, async (request, reply) => {
    const flow = flowOf(world, request)
    if (viewers.size >= maxViewers) throw new Refused(503, 'Close another page of the sandbox.')
    reply.hijack()
    reply.raw.setTimeout(unreadTimeoutMs)
    reply.raw.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
    reply.raw.write('retry: 2000\n\n')
    viewers.set(reply.raw, flow.id)
    // Unlike the `close` event, `finished` also reports a connection that is already closed.
    finished(reply.raw, () => viewers.delete(reply.raw))
  })

  function sendChanges(): void {
    timer = undefined
    send((flowId) => changed.has(flowId), 'event: changed\ndata:\n\n')
    changed.clear()
  }

  function send(isRecipient: (flowId: string) => boolean, text: string): void {
    for (const [viewer, flowId] of viewers) {
      if (!isRecipient(flowId)) continue
      if (viewer.writableLength > maxUnread) viewer.destroy()
      else viewer.write(text)
    }
  }
}
