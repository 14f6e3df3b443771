import { LRUCache } from 'lru-cache'
import type { Poll } from '../model/poll.ts'

const maxCachedPolls = 2_000

/**
 * Polls as this process last committed them. A cached poll is valid while its row has the same revision, which the
 * batch reads with the lock. So a poll that only this process writes is loaded once.
 */
export class PollCache {
  readonly #polls = new LRUCache<string, Poll>({ max: maxCachedPolls })

  /** Undefined if the poll is not cached at this revision. */
  at(id: string, revision: number): Poll | undefined {
    const poll = this.#polls.get(id)
    return poll?.revision === revision ? poll : undefined
  }

  remember(poll: Poll): void {
    this.#polls.set(poll.id, poll)
  }
}
