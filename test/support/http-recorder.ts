import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'

/** One HTTP request and its answer, as they were sent. */
export type Exchange = {
  method: string
  path: string
  headers: IncomingHttpHeaders
  body: string
  status: number
  answerHeaders: Headers
  answerBody: string
}

/** A proxy in front of a server, which records every exchange in order. */
export type HttpRecorder = { url: string; exchanges: Exchange[]; close(): Promise<void> }

/** Headers of one connection only (RFC 9110, 7.6.1), and those that `fetch` sets itself. */
const hopByHop = ['connection', 'keep-alive', 'transfer-encoding', 'content-length', 'expect', 'host']

/** Passes a stream on as it comes, until either side ends it. */
async function passOn({ body }: Response, outgoing: ServerResponse, exchange: Exchange): Promise<void> {
  const decoder = new TextDecoder()
  outgoing.flushHeaders()
  try {
    for await (const chunk of body ?? []) {
      exchange.answerBody += decoder.decode(chunk, { stream: true })
      if (outgoing.destroyed) return
      outgoing.write(chunk)
    }
  } catch {
    // The server was closed.
  }
  outgoing.end()
}

/** @param origin the origin of the server, which may start later than the proxy */
export async function recordHttp(origin: () => string): Promise<HttpRecorder> {
  const exchanges: Exchange[] = []
  const server = createServer(async (incoming, outgoing) => {
    const { method = '', url: path = '', headers } = incoming
    const body = (await buffer(incoming)).toString()
    const passed = Object.entries(headers).filter(([name]) => !hopByHop.includes(name)) as [string, string][]
    const request = { method, headers: passed, redirect: 'manual', ...(body && { body }) } as const
    const answer = await fetch(`${origin()}${path}`, request)
    const { status, headers: answerHeaders } = answer
    const back = [...answerHeaders].filter(([name]) => !hopByHop.includes(name) && name !== 'content-encoding')
    const exchange = { method, path, headers, body, status, answerHeaders, answerBody: '' }
    if (answerHeaders.get('content-type')?.startsWith('text/event-stream')) {
      exchanges.push(exchange)
      return passOn(answer, outgoing.writeHead(status, back.flat()), exchange)
    }
    exchange.answerBody = await answer.text()
    exchanges.push(exchange)
    outgoing.writeHead(status, back.flat()).end(exchange.answerBody)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    exchanges,
    close: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
