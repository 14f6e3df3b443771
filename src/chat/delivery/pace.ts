import { LRUCache } from 'lru-cache'
import { maxSingleVotes } from './messages.ts'

const maxThreads = 10_000

/**
 * How often votes are told of in one thread: a handful at once, then one message in every interval, so that what comes
 * faster gathers. Kept in this process only: another one that delivers the same thread has a pace of its own.
 */
export class Pace {
  readonly #intervalMs: number
  readonly #now: () => number
  /** By thread, the moment at which it would again have told of nothing for long. */
  readonly #restedAt = new LRUCache<string, number>({ max: maxThreads })

  /** @param now in milliseconds, never running backwards */
  constructor(intervalMs: number, now = () => performance.now()) {
    this.#intervalMs = intervalMs
    this.#now = now
  }

  /** In how many milliseconds the thread may tell of votes; 0 when it may now, which then counts as done. */
  take(thread: string): number {
    const now = this.#now()
    const restedAt = Math.max(this.#restedAt.get(thread) ?? now, now)
    const waitMs = restedAt - now - (maxSingleVotes - 1) * this.#intervalMs
    if (waitMs > 0) return Math.ceil(waitMs)
    this.#restedAt.set(thread, restedAt + this.#intervalMs)
    return 0
  }
}
