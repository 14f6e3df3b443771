import { z } from 'zod'
import type { ChatTimeouts } from '../chat.ts'
import { answered, inOneLine, parsedJson } from '../http/answers.ts'
import { ChatHttp, type HttpRequest } from '../http/chat-http.ts'
import type { MatrixConfig } from './config.ts'

export type MatrixRequest = {
  method: 'GET' | 'POST' | 'PUT'
  /** Below `/_matrix/`; see `at`. */
  path: string
  query?: Readonly<Record<string, string | number>>
  body?: object
  /** The account that asks, the bot or a ghost. Left out: the application service itself. */
  as?: string
  /** How much of the response is read, in bytes. */
  maxBytes?: number
  signal?: AbortSignal | undefined
}

/** A response that is no success. */
export type MatrixAnswer = {
  status: number
  /** Such as `M_FORBIDDEN`; empty without one. */
  errcode: string
  /** Prose, for people. */
  error: string
  /** How long to wait, in milliseconds, if the homeserver said so. */
  retryAfterMs: number | undefined
}

/** The homeserver answered, but not with success. */
export class MatrixError extends Error {
  override readonly name = 'MatrixError'
  readonly answer: MatrixAnswer

  constructor(answer: MatrixAnswer) {
    super(whatItSaid(answer))
    this.answer = answer
  }
}

/** The response is larger than what is read of it. */
export class TooLarge extends MatrixError {}

const anything = z.unknown()
const account = z.object({ user_id: z.string() })

const defaultMaxBytes = 1_048_576
const dayInMs = 86_400_000

/** Requests to the homeserver, bounded in time and size. Redirects are not followed, so the token reaches no other host. */
export class Homeserver {
  readonly #config: MatrixConfig
  readonly #http: ChatHttp

  constructor(config: MatrixConfig, timeouts?: ChatTimeouts) {
    this.#config = config
    this.#http = new ChatHttp({ server: 'The homeserver', timeouts })
  }

  /**
   * @returns the part of the response that `schema` names
   * @throws {MatrixError} for any other answer than success of that form
   * @throws {NetworkError} when no answer came
   */
  async send<Output = unknown>(request: MatrixRequest, schema?: z.ZodType<Output>): Promise<Output> {
    const asked = this.#httpRequest(request)
    const { status, text, retryAfter } = await this.#http.send(asked)
    const content = parsedJson(text)
    const isSuccess = status >= 200 && status < 300
    const { data } = (schema ?? anything).safeParse(content)
    if (isSuccess && data !== undefined) return data as Output
    if (isSuccess && Buffer.byteLength(text) >= asked.maxBytes)
      throw new TooLarge(answerOf(status, { error: 'a response that is too large' }, retryAfter))
    const said = isSuccess ? { error: 'a response of an unexpected form' } : this.#withoutToken(content)
    throw new MatrixError(answerOf(status, said, retryAfter))
  }

  /** Checks the address and the token. Resolves to the account of the token. */
  async whoami(signal?: AbortSignal): Promise<string> {
    const { user_id } = await this.send({ method: 'GET', path: 'client/v3/account/whoami', signal }, account)
    return user_id
  }

  /**
   * Makes the homeserver call Polldock. If it waits until it pushes events again, the wait ends at once.
   *
   * @param id comes back in that call
   */
  async ping(id: string, signal?: AbortSignal): Promise<void> {
    const path = at`client/v1/appservice/${this.#config.registrationId}/ping`
    await this.send({ method: 'POST', path, body: { transaction_id: id }, signal })
  }

  /** Aborts the requests under way. */
  async close(): Promise<void> {
    await this.#http.close()
  }

  #httpRequest({ method, path, query = {}, body, as, maxBytes = defaultMaxBytes, signal }: MatrixRequest) {
    const all = { ...query, ...(as !== undefined && { user_id: as }) }
    const asked = new URLSearchParams(Object.entries(all).map(([key, value]) => [key, String(value)])).toString()
    return {
      method,
      origin: this.#config.homeserverUrl.origin,
      path: `/_matrix/${path}${asked && `?${asked}`}`,
      headers: {
        authorization: `Bearer ${this.#config.asToken}`,
        accept: 'application/json',
        ...(body && { 'content-type': 'application/json' }),
      },
      ...(body && { body: jsonOf(body) }),
      ...(signal && { signal }),
      maxBytes,
    } satisfies HttpRequest
  }

  #withoutToken(content: unknown): unknown {
    return parsedJson(JSON.stringify(content ?? null).replaceAll(this.#config.asToken, '…'))
  }
}

/** A path whose parts are percent-encoded. */
export function at(texts: TemplateStringsArray, ...parts: readonly string[]): string {
  return String.raw({ raw: texts }, ...parts.map(encodeURIComponent))
}

/** Half a surrogate pair would be answered with 500, every time. */
export function jsonOf(content: object): string {
  return JSON.stringify(content, (_key, value) => (typeof value === 'string' ? value.toWellFormed() : value))
}

const errorBody = z.object({
  errcode: z.string().catch(''),
  error: z.string().catch(''),
  retry_after_ms: z.number().nonnegative().optional().catch(undefined),
})

function answerOf(status: number, content: unknown, retryAfter: string | undefined): MatrixAnswer {
  const { data } = errorBody.safeParse(content)
  const seconds = /^\d{1,6}$/.test(retryAfter ?? '') ? Number(retryAfter) * 1_000 : undefined
  const retryAfterMs = data?.retry_after_ms ?? seconds
  return {
    status,
    errcode: data?.errcode ?? '',
    error: data?.error ?? '',
    retryAfterMs: retryAfterMs && Math.min(retryAfterMs, dayInMs),
  }
}

/** A text for people. */
export function whatItSaid({ status, errcode, error }: MatrixAnswer): string {
  return answered('The homeserver', status, [errcode, inOneLine(error)].filter(Boolean).join(', '))
}
