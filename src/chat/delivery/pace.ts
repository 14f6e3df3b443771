import { LRUCache } from 'lru-cache'
import { maxSingleVotes } from './messages.ts'

const maxThreads = 10_000

/**
 * Limits messages of votes per thread: a few at once, then one per interval, so faster votes are grouped. It is a token
 * bucket in this process. Another process that delivers the same thread has its own.
 */
export class Pace {
  readonly #intervalMs: number
  readonly #now: () => number
  /** By thread key, the time at which the bucket is full again. */
  readonly #restedAt = new LRUCache<string, number>({ max: maxThreads })

  /** @param now a monotonic clock, in milliseconds */
  constructor(intervalMs: number, now = () => performance.now()) {
    this.#intervalMs = intervalMs
    this.#now = now
  }

  /** Takes a slot for a message of votes and returns 0, or returns how many milliseconds to wait for one. */
  take(thread: string): number {
    const now = this.#now()
    const restedAt = Math.max(this.#restedAt.get(thread) ?? now, now)
    const waitMs = restedAt - now - (maxSingleVotes - 1) * this.#intervalMs
    if (waitMs > 0) return Math.ceil(waitMs)
    this.#restedAt.set(thread, restedAt + this.#intervalMs)
    return 0
  }
}
