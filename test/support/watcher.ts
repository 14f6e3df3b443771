import { setTimeout as sleep } from 'node:timers/promises'
import { openStream } from './event-stream.ts'

export type Watcher = {
  /** The revisions that it got, in order. */
  seen: number[]
  /** The number of connections. */
  connects: number
  leave(): Promise<void>
}

/** How long a browser waits before it connects again; here less. */
const retryMs = 50

/** Watches a poll's log as a browser does: when the stream ends, it reconnects and continues after the last event. */
export function watch(url: string, after: number): Watcher {
  const seen: number[] = []
  let close = () => {}
  let isLeaving = false
  const watcher = { seen, connects: 0, leave: async () => {} }
  const follow = async () => {
    const stream = await openStream(url, { 'last-event-id': String(seen.at(-1) ?? after) })
    watcher.connects += 1
    close = stream.close
    for (;;) seen.push(Number((await stream.next()).id))
  }
  const watching = (async () => {
    while (!isLeaving) await follow().catch(() => sleep(retryMs))
  })()
  watcher.leave = async () => {
    isLeaving = true
    close()
    await watching
  }
  return watcher
}
