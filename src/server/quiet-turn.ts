import { once } from 'node:events'
import { createServer } from 'node:http'
import { Server } from 'node:net'

/** A longer turn of the event loop had requests to handle, and others may have come meanwhile. */
const quietTurnMs = 0.05
/** How long to wait for such a turn under load. */
const quietTimeoutMs = 1_000

/**
 * Acts right after a short turn of the event loop in which nobody connected. A turn accepts the connections that wait, and
 * reads the requests that have arrived. What comes between that and the act is lost, so nothing may be in between: not even
 * the end of a promise.
 */
export function atQuietTurn(server: Server, act: () => void): Promise<void> {
  let connections = 0
  const count = () => (connections += 1)
  server.on('connection', count)
  const deadline = performance.now() + quietTimeoutMs
  return new Promise((resolve) => {
    const look = (before: number) => {
      const now = performance.now()
      const isQuiet = connections === 0 && now - before < quietTurnMs
      if (!isQuiet && now < deadline) {
        connections = 0
        setImmediate(look, now)
        return
      }
      act()
      server.off('connection', count)
      resolve()
    }
    look(Number.NEGATIVE_INFINITY)
  })
}

/** Refuses new connections, and leaves the open ones as they are. `onClosed` is called when the last one has ended. */
export function stopListening(server: Server, onClosed: () => void): void {
  // An HTTP server would close idle connections, too: a request may be on its way to them.
  Server.prototype.close.call(server, onClosed)
}

/** Stops another server first: Node compiles a function at its first use, which takes ten times as long as what it does. */
export async function rehearseStop(): Promise<void> {
  const server = createServer()
  try {
    await once(server.listen(0, '127.0.0.1'), 'listening')
    stopListening(server, () => {})
    server.closeIdleConnections()
  } catch {
    // It only saves time.
  }
}
