import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

export type Aborts = {
  count: number
  /** How many connections are open at the same time. */
  atOnce: number
  /** A connection breaks at a random moment within so many milliseconds. */
  withinMs: number
}

/** The head of a request for an event stream. */
export function streamHead(path: string, headers: Record<string, string> = {}): string {
  const lines = Object.entries({ host: 'localhost', accept: 'text/event-stream', ...headers })
  return [`GET ${path} HTTP/1.1`, ...lines.map(([name, value]) => `${name}: ${value}`), '', ''].join('\r\n')
}

/** Asks for streams, the heads by turns, and breaks each connection at a random moment. */
export async function abortStreams(port: number, heads: string[], { count, atOnce, withinMs }: Aborts): Promise<void> {
  let begun = 0
  const work = async () => {
    while (begun < count) {
      const head = heads[begun % heads.length] ?? ''
      begun += 1
      await abortOne(port, head, Math.random() * withinMs)
    }
  }
  await Promise.all(Array.from({ length: atOnce }, work))
}

/** One in ten asks for two streams at once (HTTP pipelining), one in three reads nothing. */
async function abortOne(port: number, head: string, afterMs: number): Promise<void> {
  const socket = connect(port, '127.0.0.1').on('error', () => {})
  const closed = once(socket, 'close')
  if (Math.random() < 2 / 3) socket.resume()
  socket.write(Math.random() < 0.1 ? head + head : head)
  // A timer waits for at least a millisecond: the shortest moments need none.
  if (afterMs >= 2) await sleep(afterMs)
  if (Math.random() < 0.5) socket.resetAndDestroy()
  else socket.destroy()
  await closed
}
