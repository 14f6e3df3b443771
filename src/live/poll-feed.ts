import type { Committed } from '../polls/ballot-box/batch.ts'

import type { PollQueries } from '../polls/queries/poll-queries.ts'
import { interval, type Live } from './live.ts'

/** How many polls are looked up side by side; the others wait, so that pages get their turn at the database. */
const atOnce = 4
/**
 * Of more events than this only the newest are told. Whoever watches reads the rest in the log, but is not told
 * of their own ballot in it.
 */
const maxEvents = 10_000

type Log = Pick<PollQueries, 'since' | 'revisions'>

/**
 * Tells those who watch here what happens to a poll, wherever it happens and without a gap: from this process as it was
 * committed, from others out of the log.
 */
export class PollFeed {
  readonly #live: Live
  readonly #log: Log
  /** The newest revision that is known of, of polls that are to be looked up. */
  readonly #news = new Map<string, number>()
  readonly #waiting = new Set<string>()
  #looking = 0

  constructor(live: Live, log: Log) {
    this.#live = live
    this.#log = log
  }

  /** What this process has committed. If another one was there before, both is told in order, from the log. */
  take(committed: readonly Committed[]): void {
    for (const moment of committed) {
      const { id, revision } = moment.poll
      const told = this.#live.revisionOf(id)
      if (told !== undefined && moment.previous > told) this.hear(id, revision)
      else this.#live.publish([moment])
    }
  }

  /** A poll is said to have come to this revision. */
  hear(pollId: string, revision: number): void {
    if (!this.#isNews(pollId, revision)) return
    const known = this.#news.get(pollId)
    this.#news.set(pollId, Math.max(revision, known ?? 0))
    if (known === undefined) this.#await(pollId)
  }

  /** Finds out at which revisions all polls are that are watched here. */
  async look(): Promise<void> {
    const watched = this.#live.watched()
    if (watched.length === 0) return
    for (const [pollId, revision] of await this.#log.revisions(watched)) this.hear(pollId, revision)
  }

  #isNews(pollId: string, revision: number): boolean {
    const told = this.#live.revisionOf(pollId)
    return told !== undefined && revision > told
  }

  #await(pollId: string): void {
    this.#waiting.add(pollId)
    this.#lookUpNext()
  }

  #lookUpNext(): void {
    const [pollId] = this.#waiting
    if (pollId === undefined || this.#looking >= atOnce) return
    this.#waiting.delete(pollId)
    this.#looking += 1
    // What cannot be read now is found by a later look.
    this.#lookUp(pollId)
      .catch(() => this.#news.delete(pollId))
      .finally(() => {
        this.#looking -= 1
        this.#lookUpNext()
      })
  }

  async #lookUp(pollId: string): Promise<void> {
    const told = this.#live.revisionOf(pollId)
    const moment = told === undefined ? undefined : await this.#log.since(pollId, told, maxEvents)
    if (!moment) return void this.#news.delete(pollId)
    this.#live.publish([moment])
    // Not more often than it is told.
    setTimeout(() => this.#goOn(pollId), interval)
  }

  /** With what was heard of since. */
  #goOn(pollId: string): void {
    const isNews = this.#isNews(pollId, this.#news.get(pollId) ?? 0)
    if (isNews) this.#await(pollId)
    else this.#news.delete(pollId)
  }
}
