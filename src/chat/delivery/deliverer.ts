import type { PollQueries } from '../../polls/queries/poll-queries.ts'
import type { Ends } from '../../queue/keyed-queue.ts'
import type { Trail } from '../../tracing/trace-context.ts'
import type { Chat, Outcome } from '../chat.ts'
import type { Credentials } from '../connections/credentials.ts'
import type { Places, Posting } from './cursor.ts'
import type { ConnectionHealth } from './health.ts'
import type { Pace } from './pace.ts'
import { type Line, Turn } from './run.ts'
import type { Thread } from './threads.ts'

/** What delivery works with. */
export type Means = {
  places: Places
  health: ConnectionHealth
  polls: PollQueries
  credentials: Credentials
  /** By name, as in `Connection.chat`. */
  chats: ReadonlyMap<string, Chat>
  pace: Pace
  clock: () => Date
  /** How long a turn begins further messages, in milliseconds; then other threads have theirs. */
  turnMs: number
  /** Connects a turn with what woke it. */
  trail?: Trail | undefined
  /** Told of every answer of a chat; must not throw. */
  observe?(delivered: Delivered): void
}

/** That a message was posted, what became of it, and when the events happened that it tells of. */
export type Delivered = { connectionId: string; outcome: Outcome['kind']; eventsAt: Date[]; now: Date }

/**
 * Told when a connection fails, with the milliseconds until it is to be seen to, and when it works, if it failed
 * before or its chat still shows that it does.
 */
export type News = {
  failing(connectionId: string, afterMs: number): Promise<void>
  working(connection: Posting, isRecovered: boolean): Promise<void>
}

/** Tells threads what happened in their polls. */
export class Deliverer {
  readonly #means: Means
  readonly #news: News

  constructor(means: Means, news: News) {
    this.#means = means
    this.#news = news
  }

  /**
   * Tells the thread what it has not been told, in order, as far as that works. Only one may do so at a time.
   *
   * @param ends it early, with nothing lost
   * @returns after how many milliseconds there is more to be told, if so
   */
  async deliver(thread: Thread, ends: Ends): Promise<number | undefined> {
    const place = await this.#means.places.read(thread)
    if (!place?.connection.isActive || this.#means.health.isResting(place.connection)) return undefined
    const line = await this.#lineTo(place.connection)
    if (!line) return undefined
    const soon = AbortSignal.any([ends.soon, AbortSignal.timeout(this.#means.turnMs)])
    return new Turn(this.#means, this.#news, place, line, { ...ends, soon }).take()
  }

  /** Undefined when nothing can be posted there. */
  async #lineTo(connection: Posting): Promise<Line | undefined> {
    const chat = this.#means.chats.get(connection.chat)
    if (!chat || !connection.credentials) return undefined
    const credentials = await this.#means.credentials.open(connection.credentials)
    if (credentials !== undefined) return { chat, credentials }
    await this.#means.health.pause(connection, 'What posting takes was sealed under another SECRET. Pair it again.')
    return undefined
  }
}
