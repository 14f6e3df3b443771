import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

export type DrillConnection = {
  socket: Socket
  /** The first data received; empty until then. */
  received(): string
  /** Resolves to the lifetime of the connection in milliseconds; null if it is still open after `withinMs`. */
  closed(withinMs: number): Promise<number | null>
}

/** A connection that sends nothing by itself and reads what comes. */
export async function openConnection(port: number): Promise<DrillConnection> {
  const socket = connect(port, '127.0.0.1')
  const start = performance.now()
  let received = ''
  const closing = new Promise<number>((resolve) => {
    socket.on('close', () => resolve(performance.now() - start))
  })
  socket
    .on('error', () => {})
    .on('data', (bytes) => {
      if (received.length < 1_000) received += bytes.toString('latin1')
    })
  await Promise.race([once(socket, 'connect'), closing])
  const closed = async (withinMs: number) => {
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<null>((resolve) => {
      timer = setTimeout(() => resolve(null), withinMs)
    })
    return Promise.race([closing, late]).finally(() => clearTimeout(timer))
  }
  return { socket, received: () => received, closed }
}

/** Opens this many at a time, so the system's queue of new connections does not overflow. */
const atOnce = 250

export async function openConnections(port: number, count: number): Promise<DrillConnection[]> {
  const connections: DrillConnection[] = []
  while (connections.length < count) {
    const some = Array.from({ length: Math.min(atOnce, count - connections.length) }, () => openConnection(port))
    connections.push(...(await Promise.all(some)))
  }
  return connections
}
