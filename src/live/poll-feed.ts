import type { Committed } from '../polls/ballot-box/batch.ts'

import type { PollQueries } from '../polls/queries/poll-queries.ts'
import { type Live, publishIntervalMs } from './live.ts'

/** The maximum number of polls read at the same time; more would delay pages at the database. */
const maxParallelReads = 4
/**
 * The maximum number of events published at once; of more, only the newest are. Viewers get the others from the log,
 * but without changes of their own ballot.
 */
const maxEvents = 10_000

type PollLog = Pick<PollQueries, 'since' | 'revisions'>

/**
 * Publishes each poll's changes without a gap: changes of this process after the commit, changes of other processes
 * from the log.
 */
export class PollFeed {
  readonly #live: Live
  readonly #log: PollLog
  /** The newest known revision of each poll that is read or waits to be read. */
  readonly #newest = new Map<string, number>()
  readonly #waiting = new Set<string>()
  #reading = 0

  constructor(live: Live, log: PollLog) {
    this.#live = live
    this.#log = log
  }

  /** Publishes what this process committed. If another process committed first, both changes are read from the log, in order. */
  publishCommitted(committed: readonly Committed[]): void {
    for (const change of committed) {
      const { id, revision } = change.poll
      const published = this.#live.publishedRevision(id)
      if (published !== undefined && change.previous > published) this.onRevision(id, revision)
      else this.#live.publish([change])
    }
  }

  /** Reads the poll's new events, if it has subscribers behind this revision. */
  onRevision(pollId: string, revision: number): void {
    if (!this.#isBehind(pollId, revision)) return
    const known = this.#newest.get(pollId)
    this.#newest.set(pollId, Math.max(revision, known ?? 0))
    if (known === undefined) this.#enqueue(pollId)
  }

  /** Reads the revisions of all watched polls, and the events that are missing. */
  async readRevisions(): Promise<void> {
    const watched = this.#live.watchedPolls()
    if (watched.length === 0) return
    for (const [pollId, revision] of await this.#log.revisions(watched)) this.onRevision(pollId, revision)
  }

  #isBehind(pollId: string, revision: number): boolean {
    const published = this.#live.publishedRevision(pollId)
    return published !== undefined && revision > published
  }

  #enqueue(pollId: string): void {
    this.#waiting.add(pollId)
    this.#readNext()
  }

  #readNext(): void {
    const [pollId] = this.#waiting
    if (pollId === undefined || this.#reading >= maxParallelReads) return
    this.#waiting.delete(pollId)
    this.#reading += 1
    // After an error, the next `readRevisions` finds the poll again.
    this.#read(pollId)
      .catch(() => this.#newest.delete(pollId))
      .finally(() => {
        this.#reading -= 1
        this.#readNext()
      })
  }

  async #read(pollId: string): Promise<void> {
    const published = this.#live.publishedRevision(pollId)
    const change = published === undefined ? undefined : await this.#log.since(pollId, published, maxEvents)
    if (!change) return void this.#newest.delete(pollId)
    this.#live.publish([change])
    // Read no more often than `Live` publishes.
    setTimeout(() => this.#readAgain(pollId), publishIntervalMs)
  }

  /** Reads what was reported meanwhile. */
  #readAgain(pollId: string): void {
    const isBehind = this.#isBehind(pollId, this.#newest.get(pollId) ?? 0)
    if (isBehind) this.#enqueue(pollId)
    else this.#newest.delete(pollId)
  }
}
