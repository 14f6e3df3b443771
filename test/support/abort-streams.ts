import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

export type Aborts = {
  count: number
  /** How many connections are open at the same time. */
  atOnce: number
  /** A connection breaks at a random moment within so many milliseconds of its start, or of the first of its answer. */
  withinMs: number
}

/** The head of a request for an event stream. */
export function streamHead(path: string, headers: Record<string, string> = {}): string {
  const lines = Object.entries({ host: 'localhost', accept: 'text/event-stream', ...headers })
  return [`GET ${path} HTTP/1.1`, ...lines.map(([name, value]) => `${name}: ${value}`), '', ''].join('\r\n')
}

/**
 * Asks for streams, the heads by turns, and breaks each connection at a random moment.
 *
 * @returns how many answers had begun to arrive
 */
export async function abortStreams(
  port: number,
  heads: string[],
  { count, atOnce, withinMs }: Aborts,
): Promise<number> {
  let [begun, answered] = [0, 0]
  const work = async () => {
    while (begun < count) {
      const head = heads[begun % heads.length] ?? ''
      begun += 1
      if (await abortOne(port, head, Math.random() * withinMs)) answered += 1
    }
  }
  await Promise.all(Array.from({ length: atOnce }, work))
  return answered
}

/**
 * One in ten asks for two streams at once (HTTP pipelining), one in three reads nothing. Every second one that reads
 * waits for the answer to begin before its time runs. Resolves to whether any answer came.
 */
async function abortOne(port: number, head: string, afterMs: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1').on('error', () => {})
  const closed = new Promise((resolve) => socket.once('close', resolve))
  socket.write(Math.random() < 0.1 ? head + head : head)
  const manner = Math.random()
  if (manner < 2 / 3) socket.resume()
  if (manner < 1 / 3) await Promise.race([new Promise((resolve) => socket.once('data', resolve)), closed, sleep(5_000)])
  // A timer waits for at least a millisecond: the shortest moments need none.
  if (afterMs >= 2) await sleep(afterMs)
  // A reset waits for the connection, which a busy server may let wait for minutes.
  if (Math.random() < 0.5 && !socket.connecting) socket.resetAndDestroy()
  else socket.destroy()
  await closed
  return socket.bytesRead > 0
}
