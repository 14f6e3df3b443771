import { LRUCache } from 'lru-cache'
import type { Poll } from '../model/poll.ts'

const maxKnown = 2_000

/**
 * Polls as they stood when a batch of this process was committed. What stands in one is good for as long as the poll
 * is at that revision, which the batch's lock tells, so that a poll that nobody else writes is not loaded again.
 */
export class PollCache {
  readonly #polls = new LRUCache<string, Poll>({ max: maxKnown })

  /** A copy to be changed at will; undefined when the poll is not known at this revision. */
  copy(id: string, revision: number): Poll | undefined {
    const poll = this.#polls.get(id)
    return poll?.revision === revision ? copyOf(poll) : undefined
  }

  remember(poll: Poll): void {
    this.#polls.set(poll.id, poll)
  }
}

function copies<T extends object>(list: readonly T[]): T[] {
  return list.map((one) => ({ ...one }))
}

function copyOf(poll: Poll): Poll {
  return { ...poll, options: copies(poll.options), proposals: copies(poll.proposals) }
}
