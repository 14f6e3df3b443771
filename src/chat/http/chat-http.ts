import type { LookupFunction } from 'node:net'
import type { Agent, Dispatcher } from 'undici'
import type { ChatTimeouts } from '../chat.ts'
import { type AddressCheck, checkedConnector, checkedLookup, RefusedAddress } from './addresses.ts'

export type HttpRequest = {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  origin: string
  /** Starts with a slash. It cannot change the host. */
  path: string
  headers?: Record<string, string>
  body?: string
  /** How much of the response is read, in bytes; 64 KiB by default. */
  maxBytes?: number
  /** Aborts the request. */
  signal?: AbortSignal
}

/** A response. `text` may be only the beginning of the body. */
export type HttpResponse = { status: number; retryAfter: string | undefined; text: string }

export type StreamRequest = {
  origin: string
  path: string
  headers: Record<string, string>
  signal: AbortSignal
  maxSilenceMs: number
}

export type HttpStream = { status: number; chunks: AsyncIterable<Uint8Array>; cancel(): void }

/** No response came. The message is for people and repeats nothing from the request. */
export class NetworkError extends Error {
  override readonly name = 'NoAnswer'
}

const defaultTimeouts: ChatTimeouts = { connectMs: 3_000, totalMs: 10_000 }
/** More requests wait for a free connection. Their timeout runs meanwhile. */
const maxConnections = 256
const defaultMaxBytes = 65_536

export type ChatHttpOptions = {
  /** As error messages name it in a sentence: "Example Chat", "the server". */
  server: string
  timeouts?: ChatTimeouts | undefined
  /** Without it, requests may go to every address. */
  mayConnect?: AddressCheck | undefined
  /** Finds the addresses of a host name, if not as the system does. */
  lookup?: LookupFunction | undefined
}

/** HTTP requests to the servers of a chat, with keep-alive, bounded in time and size. */
export class ChatHttp {
  readonly #options: ChatHttpOptions
  readonly #timeouts: ChatTimeouts
  #agent: Promise<Agent> | undefined

  constructor(options: ChatHttpOptions) {
    this.#options = options
    this.#timeouts = options.timeouts ?? defaultTimeouts
  }

  /**
   * Redirects are not followed, so secrets in a request reach no other host.
   *
   * @throws {NetworkError}
   */
  async send({ signal, maxBytes = defaultMaxBytes, ...call }: HttpRequest): Promise<HttpResponse> {
    const timeout = AbortSignal.timeout(this.#timeouts.totalMs)
    const either = signal ? AbortSignal.any([signal, timeout]) : timeout
    try {
      const agent = await this.#openAgent()
      const { statusCode, headers, body } = await agent.request({ ...call, signal: either })
      const retryAfter = [headers['retry-after']].flat()[0]
      return { status: statusCode, retryAfter, text: await beginning(body, maxBytes) }
    } catch (error) {
      if (signal?.aborted) throw new NetworkError(`The request to ${this.#options.server} was aborted.`)
      throw new NetworkError(this.#whatHappened(error, timeout.aborted))
    }
  }

  /**
   * Opens a stream. Its chunks are read as fast as the caller takes them, until the server ends it, the signal aborts, or
   * nothing comes for `maxSilenceMs`.
   *
   * @throws {NetworkError}
   */
  async open({ origin, path, headers, signal, maxSilenceMs }: StreamRequest): Promise<HttpStream> {
    const cancelling = new AbortController()
    const either = AbortSignal.any([signal, cancelling.signal])
    try {
      const request = { method: 'GET', origin, path, headers, signal: either } as const
      const agent = await this.#openAgent()
      const { statusCode, body } = await agent.request({ ...request, bodyTimeout: maxSilenceMs })
      // Cancelling is no error, and nobody may be reading.
      body.on('error', () => {})
      return { status: statusCode, chunks: body, cancel: () => cancelling.abort() }
    } catch (error) {
      throw new NetworkError(this.#whatHappened(error, false))
    }
  }

  /** Aborts the requests under way. */
  async close(): Promise<void> {
    await (await this.#openAgent()).destroy()
  }

  /** The library is loaded by the first request. */
  #openAgent(): Promise<Agent> {
    this.#agent ??= this.#makeAgent()
    return this.#agent
  }

  async #makeAgent(): Promise<Agent> {
    const { Agent, buildConnector } = await import('undici')
    const { connectMs, totalMs } = this.#timeouts
    const { mayConnect = () => true, lookup } = this.#options
    const connect = buildConnector({ timeout: connectMs, lookup: checkedLookup(mayConnect, lookup) })
    return new Agent({
      connect: checkedConnector(mayConnect, connect),
      connections: maxConnections,
      pipelining: 1,
      headersTimeout: totalMs,
      bodyTimeout: totalMs,
    })
  }

  #whatHappened(error: unknown, isTimeout: boolean): string {
    const { name, code = name } = error as NodeJS.ErrnoException
    const { connectMs, totalMs } = this.#timeouts
    const { server } = this.#options
    const subject = server.charAt(0).toUpperCase() + server.slice(1)
    if (error instanceof RefusedAddress) return `${subject} is at a private address, which is not allowed here.`
    if (code === 'UND_ERR_CONNECT_TIMEOUT') return `${subject} could not be reached within ${seconds(connectMs)}.`
    if (isTimeout || timeouts.has(code)) return `${subject} did not answer within ${seconds(totalMs)}.`
    if (broken.has(code)) return `The connection to ${server} broke before a response came (${code}).`
    if (name === 'HTTPParserError' || code === 'UND_ERR_HEADERS_OVERFLOW')
      return `${subject} sent an answer that Polldock cannot read (${code}).`
    return `${subject} could not be reached (${code}).`
  }
}

const timeouts = new Set(['UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT'])
const broken = new Set(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET'])

const seconds = (ms: number) => `${ms / 1_000} second${ms === 1_000 ? '' : 's'}`

/** The status already says whether the request was accepted, so a body that breaks off changes nothing. */
async function beginning(body: Dispatcher.ResponseData['body'], maxBytes: number): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  try {
    for await (const chunk of body) {
      chunks.push(chunk)
      size += chunk.length
      if (size >= maxBytes) break
    }
  } catch {
    return ''
  }
  return Buffer.concat(chunks).subarray(0, maxBytes).toString()
}
