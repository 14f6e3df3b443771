import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'

export type RoundRobin = {
  url: string
  /** The ports to which requests are sent now. */
  ready(): number[]
  /** How many connections were refused so far, by servers that had just been ready. */
  refusals(): number
  close(): void
}

/** How often each server is asked whether it is ready, in milliseconds. */
const askEveryMs = 100

/**
 * A plain reverse proxy: each request goes to the next of the servers on these ports that is ready, on a connection
 * that is kept. A request is sent a second time only if the connection was refused, so no server can have read it.
 */
export async function openRoundRobin(ports: readonly number[]): Promise<RoundRobin> {
  const agent = new Agent({ keepAlive: true })
  const isReady = new Map(ports.map((port) => [port, false]))
  const ready = () => ports.filter((port) => isReady.get(port))
  let turn = 0
  let refusals = 0
  const onRefusal = () => {
    refusals += 1
  }
  const server = createServer((incoming, outgoing) => {
    turn += 1
    const inTurn = ready().map((_, index, all) => all[(turn + index) % all.length] as number)
    buffer(incoming).then((body) => forward(incoming, body, outgoing, inTurn, { agent, onRefusal }))
  })
  const asking = ports.map((port) => setInterval(() => ask(port).then((is) => isReady.set(port, is)), askEveryMs))
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    ready,
    refusals: () => refusals,
    close: () => {
      for (const timer of asking) clearInterval(timer)
      agent.destroy()
      server.close()
      server.closeAllConnections()
    },
  }
}

async function ask(port: number): Promise<boolean> {
  const signal = AbortSignal.timeout(2_000)
  const answer = await fetch(`http://127.0.0.1:${port}/health/ready`, { signal }).catch(() => undefined)
  await answer?.arrayBuffer().catch(() => {})
  return answer?.status === 200
}

/** Streams pass through at once, and a client that leaves also leaves the server. */
function forward(
  { method, url, headers }: IncomingMessage,
  body: Buffer,
  outgoing: ServerResponse,
  [port, ...others]: number[],
  through: { agent: Agent; onRefusal(): void },
): void {
  if (port === undefined) return void outgoing.writeHead(502).end('No server is ready.')
  const passed = request({ host: '127.0.0.1', port, method, path: url, headers, agent: through.agent })
  passed.on('response', (answer) => {
    outgoing.writeHead(answer.statusCode ?? 502, withoutConnection(answer.headers))
    answer.on('error', () => outgoing.destroy()).pipe(outgoing)
  })
  passed.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'ECONNREFUSED') return outgoing.destroy()
    through.onRefusal()
    forward({ method, url, headers } as IncomingMessage, body, outgoing, others, through)
  })
  outgoing.on('close', () => passed.destroy())
  passed.end(body)
}

/** What concerns one connection is not for the next (RFC 9110, section 7.6.1). */
function withoutConnection({
  connection,
  'keep-alive': _,
  'transfer-encoding': __,
  ...headers
}: IncomingMessage['headers']) {
  return headers
}
