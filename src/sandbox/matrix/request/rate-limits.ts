import { LRUCache } from 'lru-cache'
import type { Homeserver } from '../homeserver.ts'
import { MatrixError } from '../matrix-error.ts'
import type { Requester } from '../request/requester.ts'

/** In requests. */
const burst = 10
const perSecond = 0.2
const maxUsers = 10_000

/** Limits the requests of a user as Synapse does by default: ten at once, then one in five seconds. */
export class RateLimits {
  readonly #homeserver: Homeserver
  /** How much of the burst each user has used, and when that was true. */
  readonly #used = new LRUCache<string, { amount: number; at: number }>({ max: maxUsers })

  constructor(homeserver: Homeserver) {
    this.#homeserver = homeserver
  }

  /** Counts a request. @throws {MatrixError} 429 if the user has to wait */
  take({ userId }: Requester): void {
    if (!this.#homeserver.accounts.get(userId)?.isLimited) return
    const now = this.#homeserver.clock()
    const before = this.#used.get(userId) ?? { amount: 0, at: now }
    const amount = Math.max(0, before.amount - ((now - before.at) / 1_000) * perSecond)
    if (amount + 1 > burst) throw limitExceeded(Math.ceil(((amount + 1 - burst) / perSecond) * 1_000))
    this.#used.set(userId, { amount: amount + 1, at: now })
  }
}

export function limitExceeded(ms: number): MatrixError {
  return new MatrixError(429, 'M_LIMIT_EXCEEDED', 'Too Many Requests', { retry_after_ms: ms })
}
