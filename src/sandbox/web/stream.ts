import type { ServerResponse } from 'node:http'
import { finished } from 'node:stream'
import type { FastifyInstance, FastifyReply } from 'fastify'
import { Refused } from './forms.ts'

const maxViewers = 1_000
/** Changes within this time are sent together, in milliseconds. */
const debounceMs = 50
const heartbeatMs = 15_000
/** In bytes. A viewer with more unread data is disconnected; its browser reconnects. */
const maxUnread = 16_384
/** In milliseconds. A viewer that reads nothing for this long is disconnected. */
const unreadTimeoutMs = 4 * heartbeatMs

/** What every page shows: the lists of flows and users. */
export const railTopic = 'rail'

/**
 * The open pages, each with the topics that it shows: flows, rooms, and users of Matrix, whose rooms it lists. Notified of a
 * change, a page fetches its content again.
 */
export type OpenPages = {
  /** Keeps a page's connection open. */
  open(reply: FastifyReply, topics: readonly string[]): void
  /** Notifies the pages of this topic. */
  changed(topic: string): void
}

export function openPages(app: FastifyInstance): OpenPages {
  const viewers = new Map<ServerResponse, readonly string[]>()
  const changes = new Set<string>()
  let timer: NodeJS.Timeout | undefined
  const beat = setInterval(() => send(() => true, ': still here\n\n'), heartbeatMs).unref()
  app.addHook('preClose', async () => {
    clearInterval(beat)
    clearTimeout(timer)
    for (const viewer of viewers.keys()) viewer.destroy()
  })
  return { open, changed }

  function changed(topic: string): void {
    if (viewers.size === 0) return
    changes.add(topic)
    timer ??= setTimeout(sendChanges, debounceMs)
  }

  function open(reply: FastifyReply, topics: readonly string[]): void {
    if (viewers.size >= maxViewers) throw new Refused(503, 'Close another page of the sandbox.')
    reply.hijack()
    reply.raw.setTimeout(unreadTimeoutMs)
    reply.raw.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
    reply.raw.write('retry: 2000\n\n')
    viewers.set(reply.raw, [...topics, railTopic])
    // Unlike the `close` event, `finished` also reports a connection that is already closed.
    finished(reply.raw, () => viewers.delete(reply.raw))
  }

  function sendChanges(): void {
    timer = undefined
    send((topics) => topics.some((topic) => changes.has(topic)), 'event: changed\ndata:\n\n')
    changes.clear()
  }

  function send(isRecipient: (topics: readonly string[]) => boolean, text: string): void {
    for (const [viewer, topics] of viewers) {
      if (!isRecipient(topics)) continue
      if (viewer.writableLength > maxUnread) viewer.destroy()
      else viewer.write(text)
    }
  }
}
