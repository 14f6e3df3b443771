import { z } from 'zod'
import type { ChatTimeouts, ReadEnd, ReadSession, ThreadReader } from '../../chat.ts'
import { NetworkError } from '../../http/chat-http.ts'
import { FlowdockHttp } from '../http.ts'
import { flowdockId } from '../ids.ts'
import { addressOf } from '../paths.ts'
import { eventData } from './event-stream.ts'
import { lineIn, type StreamedMessage, streamedMessage } from './messages.ts'
import { expired, isFresh, type OAuthClient, parseTokens, type ReadTokens, refreshed } from './tokens.ts'

/** Only the origin of `apiUrl` is used. */
type ReaderOptions = OAuthClient & { apiUrl: URL; timeouts?: ChatTimeouts; clock: () => Date }

/** Flowdock documents no heartbeat. A silent stream is opened again after this time, in milliseconds. */
const maxSilenceMs = 120_000
/** The messages of a flow that are read at a time. */
const pageSize = 30
/** In bytes, for a page of messages: each repeats its thread. */
const maxPage = 4 * 1024 * 1024
/** How often the position is stored while nobody writes in a poll's thread, in milliseconds. */
const savePositionMs = 10_000

const user = z.object({ id: flowdockId, name: z.string() })
const flowWithUsers = z.object({ users: z.array(user).catch([]) })

/**
 * Reads a flow with the tokens of the person who connected it: first the messages that were missed, then the stream.
 *
 * @see https://github.com/flowdock/api-docs/blob/master/docs/streaming.md
 */
export class FlowdockReader implements ThreadReader {
  readonly #calls: FlowdockHttp
  readonly #client: OAuthClient
  readonly #clock: () => Date

  constructor({ apiUrl, timeouts, clock, ...client }: ReaderOptions) {
    this.#calls = new FlowdockHttp(apiUrl, timeouts)
    this.#client = client
    this.#clock = clock
  }

  async read(session: ReadSession, signal: AbortSignal): Promise<ReadEnd> {
    try {
      const accessToken = await this.#accessToken(session, signal)
      if (typeof accessToken !== 'string') return accessToken
      const end = await new FlowReading(this.#calls, session, accessToken, signal).run()
      // The next attempt refreshes it.
      if (end === tokenRefused) await session.saveCredentials(expired(session.credentials))
      return end
    } catch (error) {
      const reason = error instanceof NetworkError ? error.message : 'Polldock could not read what Flowdock sent.'
      return { kind: 'later', reason }
    }
  }

  async close(): Promise<void> {
    await this.#calls.close()
  }

  async #accessToken(session: ReadSession, signal: AbortSignal): Promise<string | ReadEnd> {
    const stored = parseTokens(session.credentials)
    if (!stored) return signInAgain
    if (isFresh(stored, this.#clock())) return stored.accessToken
    const tokens: ReadTokens | 'later' | undefined = await refreshed(
      this.#calls,
      this.#client,
      stored,
      signal,
      this.#clock,
    )
    if (tokens === 'later') return { kind: 'later', reason: 'Flowdock gives no token now.' }
    if (!tokens) return signInAgain
    await session.saveCredentials(JSON.stringify(tokens))
    return tokens.accessToken
  }
}

const signInAgain: ReadEnd = {
  kind: 'unauthorized',
  reason: 'Flowdock does not accept the token any more. Connect the flow again to read its threads.',
}

/** One connection to the stream of a flow. */
class FlowReading {
  readonly #calls: FlowdockHttp
  readonly #session: ReadSession
  readonly #signal: AbortSignal
  readonly #path: string
  readonly #headers: Record<string, string>
  readonly #names = new Map<string, string>()
  #position: number | undefined
  #savedAt = 0

  constructor(calls: FlowdockHttp, session: ReadSession, accessToken: string, signal: AbortSignal) {
    this.#calls = calls
    this.#session = session
    this.#signal = signal
    this.#path = addressOf(session).flowPath
    this.#headers = { authorization: `Bearer ${accessToken}` }
    this.#position = session.position === null ? undefined : Number(session.position)
  }

  async run(): Promise<ReadEnd> {
    const headers = { ...this.#headers, accept: 'text/event-stream' }
    const stream = await this.#calls.open({ path: this.#path, headers, signal: this.#signal, maxSilenceMs })
    if (stream.status !== 200) {
      stream.cancel()
      return endBy(stream.status)
    }
    try {
      // The stream is open, so nothing is missed between the two.
      await this.#catchUp()
      await this.#session.onConnected()
      for await (const data of whileItLasts(eventData(stream.chunks))) {
        const message = streamedMessage.safeParse(JSON.parse(data)).data
        if (message) await this.#take([message])
      }
      return { kind: 'ended', reason: 'Flowdock ended the stream.' }
    } finally {
      stream.cancel()
    }
  }

  /** Reads the messages since the last position. Without one, as of an older connection, only where the flow is now. */
  async #catchUp(): Promise<void> {
    if (this.#position === undefined) {
      const [last] = await this.#messages({ limit: '1' })
      this.#position = last?.id ?? 0
      await this.#session.onLines([], String(this.#position))
      return
    }
    let limit = pageSize
    for (;;) {
      const query = { since_id: String(this.#position), sort: 'asc', event: 'message', limit: String(limit) }
      const messages = await this.#messages(query).catch((error) => {
        if (!(error instanceof SyntaxError) || limit === 1) throw error
      })
      if (messages) {
        await this.#take(messages)
        if (messages.length < limit) return
      } else {
        // The page is longer than `maxPage`, so its JSON is cut off.
        limit = Math.floor(limit / 4) || 1
      }
    }
  }

  async #messages(query: Record<string, string>): Promise<StreamedMessage[]> {
    const list = z.array(streamedMessage)
    return this.#get(list, `${this.#path}/messages?${new URLSearchParams(query)}`)
  }

  async #take(messages: readonly StreamedMessage[]): Promise<void> {
    const unread = messages.filter(({ id }) => id > (this.#position ?? 0)).toSorted((one, other) => one.id - other.id)
    const last = unread.at(-1)
    if (!last) return
    const authors = unread.flatMap((message) => lineIn(message, () => '')?.author.accountId ?? [])
    if (authors.some((id) => !this.#names.has(id))) await this.#learnNames()
    const lines = unread.flatMap((message) => lineIn(message, (id) => this.#names.get(id) ?? 'Somebody') ?? [])
    this.#position = last.id
    const now = performance.now()
    if (lines.length === 0 && now - this.#savedAt < savePositionMs) return
    this.#savedAt = now
    await this.#session.onLines(lines, String(last.id))
  }

  /** Messages name their author by id only. */
  async #learnNames(): Promise<void> {
    const { users } = await this.#get(flowWithUsers, this.#path)
    for (const { id, name } of users) this.#names.set(id, name)
  }

  async #get<T extends z.ZodType>(schema: T, path: string): Promise<z.output<T>> {
    const headers = { ...this.#headers, accept: 'application/json' }
    const answer = await this.#calls.send({ method: 'GET', path, headers, signal: this.#signal, maxBytes: maxPage })
    if (answer.status !== 200) throw new NetworkError(`Flowdock answered ${answer.status}.`)
    return schema.parse(JSON.parse(answer.text))
  }
}

/** A stream that breaks off has ended: what is missed then is read with the next connection. */
async function* whileItLasts(events: AsyncIterable<string>): AsyncGenerator<string> {
  try {
    yield* events
  } catch (error) {
    if (error instanceof RangeError) throw error
  }
}

const tokenRefused: ReadEnd = { kind: 'later', reason: 'Flowdock did not accept the token.' }

function endBy(status: number): ReadEnd {
  if (status === 401) return tokenRefused
  if (status !== 403) return { kind: 'later', reason: `Flowdock answered ${status}.` }
  const reason = 'The person who connected the flow may not read it any more. Connect it again to read its threads.'
  return { kind: 'unauthorized', reason }
}
