import { type ClientHttp2Session, connect, constants, type IncomingHttpHeaders } from 'node:http2'
import { Readable } from 'node:stream'
import { connect as connectTls } from 'node:tls'
import { Agent, fetch as undiciFetch } from 'undici'

const timeoutMs = 30_000

type BrowserOptions = {
  /** The certificate that it trusts, in PEM. */
  ca: string
  /** The address that it connects from. */
  localAddress?: string
}

export type TestBrowser = {
  /** Sends a request as `fetch` does, except that it may not follow a redirect. */
  fetch: typeof fetch
  /** How many connections it has opened so far. */
  connections(): number
  close(): void
}

/** Uses a site over HTTP/1.1 as a browser does: with up to six connections. */
export function openHttp1({ ca, localAddress }: BrowserOptions): TestBrowser {
  let connections = 0
  const agent = new Agent({ connections: 6, allowH2: false, localAddress, connect: { ca } })
  agent.on('connect', () => {
    connections += 1
  })
  const send = (input: Parameters<typeof undiciFetch>[0], init?: Parameters<typeof undiciFetch>[1]) =>
    undiciFetch(input, { ...init, dispatcher: agent })
  return {
    fetch: send as unknown as typeof fetch,
    connections: () => connections,
    close: () => void agent.destroy(),
  }
}

/** Uses a site over HTTP/2 as a browser does: one connection for everything, and a new one when that ends. */
export function openHttp2(origin: string, { ca, localAddress }: BrowserOptions): TestBrowser {
  let session: ClientHttp2Session | undefined
  let connections = 0
  const usable = () => {
    if (session && !session.closed && !session.destroyed) return session
    connections += 1
    const { hostname, port } = new URL(origin)
    const options = { host: hostname, port: Number(port), servername: hostname, ALPNProtocols: ['h2'] }
    const opened = connect(origin, {
      createConnection: () => connectTls({ ...options, ca, ...(localAddress && { localAddress }) }),
    })
    // Each of its requests fails by itself.
    opened.on('error', () => {})
    // After it, open requests are answered, and new ones need another connection.
    opened.on('goaway', () => {
      if (session === opened) session = undefined
    })
    session = opened
    return opened
  }
  return {
    fetch: (input, init) => send(usable(), new Request(input as Request, init)),
    connections: () => connections,
    close: () => session?.destroy(),
  }
}

async function send(session: ClientHttp2Session, request: Request): Promise<Response> {
  const { pathname, search } = new URL(request.url)
  const body = request.body ? Buffer.from(await request.arrayBuffer()) : undefined
  const stream = session.request({
    ...{ ':method': request.method, ':path': pathname + search },
    ...Object.fromEntries(request.headers),
  })
  const abort = () => stream.close(constants.NGHTTP2_CANCEL)
  request.signal.addEventListener('abort', abort)
  stream.end(body)
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => stream.destroy(new Error(`No answer from ${request.url}`)), timeoutMs)
    stream
      .on('response', (received) => {
        clearTimeout(late)
        resolve(responseOf(received, stream))
      })
      .on('error', reject)
      .on('close', () => {
        clearTimeout(late)
        request.signal.removeEventListener('abort', abort)
        reject(
          new TypeError(`${request.method} ${request.url} ended without an answer (HTTP/2 code ${stream.rstCode}).`),
        )
      })
  })
}

function responseOf(
  { ':status': status = 0, ...received }: IncomingHttpHeaders & { ':status'?: number },
  stream: Readable,
): Response {
  const headers = new Headers()
  for (const [name, values] of Object.entries(received))
    for (const value of [values ?? []].flat()) headers.append(name, value)
  if (status !== 204 && status !== 304)
    return new Response(Readable.toWeb(stream) as ReadableStream, { status, headers })
  stream.resume()
  return new Response(null, { status, headers })
}
