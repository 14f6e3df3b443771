import { Agent, type Dispatcher } from 'undici'

/** How long a call may take, in milliseconds: until the connection stands, and in all. */
export type HttpTimeouts = { connectMs: number; totalMs: number }

export type HttpRequest = {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** Begins with a slash. The host is always the one that the configuration names. */
  path: string
  headers?: Record<string, string>
  body?: string
  /** How much of the answer is read, in bytes; 64 KiB unless told. */
  maxBytes?: number
  /** Gives the call up before its time. */
  signal?: AbortSignal
}

/** An answer of which only the beginning may have been read. */
export type HttpResponse = { status: number; retryAfter: string | undefined; text: string }

/** There was no answer. The message is for people, and repeats nothing of what was sent. */
export class NetworkError extends Error {
  override readonly name = 'NoAnswer'
}

const defaultTimeouts: HttpTimeouts = { connectMs: 3_000, totalMs: 10_000 }
/** Further calls wait for one of these; their time runs while they do. */
const maxConnections = 100
const defaultMaxBytes = 65_536

/** Calls to the one Flowdock that there is, over connections that are kept, and bounded in time and size. */
export class FlowdockHttp {
  readonly #origin: string
  readonly #timeouts: HttpTimeouts
  readonly #agent: Agent

  /** @param apiUrl only its origin counts */
  constructor(apiUrl: URL, timeouts: HttpTimeouts = defaultTimeouts) {
    const { connectMs, totalMs } = timeouts
    this.#origin = apiUrl.origin
    this.#timeouts = timeouts
    this.#agent = new Agent({
      connect: { timeout: connectMs },
      connections: maxConnections,
      pipelining: 1,
      headersTimeout: totalMs,
      bodyTimeout: totalMs,
    })
  }

  /**
   * Redirects are answers like others: they are not followed, so that what is secret in a call goes nowhere else.
   *
   * @throws {NetworkError}
   */
  async send({ signal, maxBytes = defaultMaxBytes, ...call }: HttpRequest): Promise<HttpResponse> {
    const timeout = AbortSignal.timeout(this.#timeouts.totalMs)
    const either = signal ? AbortSignal.any([signal, timeout]) : timeout
    try {
      const { statusCode, headers, body } = await this.#agent.request({ ...call, origin: this.#origin, signal: either })
      const retryAfter = [headers['retry-after']].flat()[0]
      return { status: statusCode, retryAfter, text: await beginning(body, maxBytes) }
    } catch (error) {
      if (signal?.aborted) throw new NetworkError('The call to Flowdock was given up.')
      throw new NetworkError(this.#whatHappened(error, timeout.aborted))
    }
  }

  /** Breaks off what is under way. */
  async close(): Promise<void> {
    await this.#agent.destroy()
  }

  #whatHappened(error: unknown, isTimeout: boolean): string {
    const { name, code = name } = error as NodeJS.ErrnoException
    const { connectMs, totalMs } = this.#timeouts
    if (code === 'UND_ERR_CONNECT_TIMEOUT') return `Flowdock could not be reached within ${seconds(connectMs)}.`
    if (isTimeout || timeouts.has(code)) return `Flowdock did not answer within ${seconds(totalMs)}.`
    if (broken.has(code)) return `The connection to Flowdock broke before there was an answer (${code}).`
    return `Flowdock could not be reached (${code}).`
  }
}

const timeouts = new Set(['UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT'])
const broken = new Set(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET'])

const seconds = (ms: number) => `${ms / 1_000} second${ms === 1_000 ? '' : 's'}`

/** The status has said whether the call was taken; an answer that breaks off after it says no less. */
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
