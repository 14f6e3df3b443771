import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/**
 * What becomes of bytes on their way to the target: with `lose-answer` they arrive, but the answer to them does not.
 */
export type Fate = 'pass' | 'cut' | 'lose-answer'

export type TcpProxy = {
  port: number
  /** Closes the port, and resets open connections. */
  refuse(): Promise<void>
  accept(): Promise<void>
  close(): Promise<void>
}

/** A proxy between a client and a server of this machine that breaks connections on command. */
export async function startTcpProxy(
  targetPort: number,
  fateOf: (bytes: Buffer) => Fate = () => 'pass',
): Promise<TcpProxy> {
  const open = new Set<Socket>()
  const server = createServer((client) => {
    const target = connect(targetPort, '127.0.0.1')
    for (const socket of [client, target]) {
      open.add(socket)
      socket.on('error', () => {}).on('close', () => open.delete(socket))
    }
    join(client, target, fateOf)
  })
  const listen = async (port: number) => {
    server.listen(port, '127.0.0.1')
    await once(server, 'listening')
    return (server.address() as AddressInfo).port
  }
  const port = await listen(0)
  const refuse = async () => {
    if (!server.listening) return
    const closed = once(server, 'close')
    server.close()
    for (const socket of open) socket.resetAndDestroy()
    await closed
  }
  return { port, refuse, accept: async () => void (await listen(port)), close: refuse }
}

function join(client: Socket, target: Socket, fateOf: (bytes: Buffer) => Fate): void {
  let isDoomed = false
  const cut = () => {
    client.resetAndDestroy()
    target.resetAndDestroy()
  }
  client.on('data', (bytes) => {
    const fate = fateOf(bytes)
    if (fate === 'cut') return cut()
    isDoomed ||= fate === 'lose-answer'
    if (!target.write(bytes)) client.pause()
  })
  target.on('data', (bytes) => {
    if (isDoomed) return cut()
    if (!client.write(bytes)) target.pause()
  })
  client.on('drain', () => target.resume()).on('close', () => target.destroy())
  target.on('drain', () => client.resume()).on('close', () => client.destroy())
}
