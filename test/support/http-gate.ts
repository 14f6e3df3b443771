import { once } from 'node:events'
import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'

/** What becomes of a request: it passes, it gets this status at once, or no answer at all. */
export type GateFate = 'pass' | 'hang' | number

/** A proxy in front of an HTTP server, which may start later, and elsewhere after a restart. */
export type HttpGate = {
  url: string
  /** Where requests go from now on. */
  leadTo(target: string): void
  /** How requests fare from now on, by their path. */
  decide(fateOf: (path: string) => GateFate): void
  close(): Promise<void>
}

export async function openHttpGate(): Promise<HttpGate> {
  const agent = new Agent({ keepAlive: true })
  let target: URL | undefined
  let fateOf: (path: string) => GateFate = () => 'pass'
  const server = createServer(async (incoming, response) => {
    const fate = target ? fateOf(incoming.url ?? '') : 503
    if (fate === 'hang') return
    try {
      const body = await buffer(incoming)
      if (fate === 'pass') await pass({ incoming, body, response })
      else response.writeHead(fate).end()
    } catch {
      incoming.socket.destroy()
    }
  })

  async function pass({
    incoming,
    body,
    response,
  }: {
    incoming: IncomingMessage
    body: Buffer
    response: ServerResponse
  }) {
    const { method, url: path, headers } = incoming
    const passed = request(new URL(path ?? '', target), { agent, method, headers: onward(headers) })
    passed.end(body)
    const [answer] = (await once(passed, 'response')) as [IncomingMessage]
    const text = await buffer(answer)
    response.writeHead(answer.statusCode ?? 502, onward(answer.headers)).end(text)
  }

  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    leadTo: (url) => {
      target = new URL(url)
    },
    decide: (decision) => {
      fateOf = decision
    },
    close: async () => {
      server.closeAllConnections()
      server.close()
      agent.destroy()
      await once(server, 'close')
    },
  }
}

/** These headers are about one connection. */
function onward({
  connection: _connection,
  'keep-alive': _keepAlive,
  'transfer-encoding': _encoding,
  ...others
}: Headers) {
  return others
}

type Headers = IncomingMessage['headers']
