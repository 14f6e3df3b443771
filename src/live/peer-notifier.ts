import { setTimeout as sleep } from 'node:timers/promises'
import type { FastifyBaseLogger } from 'fastify'
import type { Channel } from '../database/database.ts'
import type { Committed } from '../polls/ballot-box/batch.ts'
import type { PollFeed } from './poll-feed.ts'

/** Others are told at most this often, in milliseconds, of all that happened meanwhile. */
const gatherMs = 30
/** More polls than this are not told of at a time. */
const maxNews = 5_000
/** How often to look for what nobody has told of, in milliseconds. */
const lookMs = 3_000

/**
 * The other processes on this database. Each tells the others which poll has come to which revision, as soon as that is
 * committed. A process can be killed in between, and a connection break: so nothing depends on being told, and
 * everybody also looks, by the revisions, every few seconds and whenever the connection stands again.
 */
export class PeerNotifier {
  readonly #channel: Channel
  readonly #feed: PollFeed
  readonly #news = new Map<string, number>()
  readonly #stopping = new AbortController()
  #log: FastifyBaseLogger | undefined
  #telling: Promise<void> | undefined
  #looking: Promise<void> | undefined
  #listener: { stop(): Promise<void> } | undefined
  #isHearing = true

  constructor(channel: Channel, feed: PollFeed) {
    this.#channel = channel
    this.#feed = feed
  }

  /** Begins to tell and to hear, whether the connection for that stands already or not. */
  start(log: FastifyBaseLogger): void {
    this.#log = log
    this.#listener = this.#channel.listen({
      message: (text) => this.#hear(text),
      connected: () => this.#onConnected(),
      failed: (error) => this.#onFailed(error),
    })
    this.#looking = this.#lookOn()
  }

  /** The others are told of what was committed before. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    await Promise.all([this.#listener?.stop(), this.#telling, this.#looking])
  }

  tell(committed: readonly Committed[]): void {
    if (!this.#log) return
    for (const { poll } of committed) {
      if (this.#news.size < maxNews || this.#news.has(poll.id)) this.#news.set(poll.id, poll.revision)
    }
    if (this.#news.size > 0) this.#telling ??= this.#tellAll()
  }

  async #tellAll(): Promise<void> {
    while (this.#news.size > 0) {
      const texts = [...this.#news].map(([pollId, revision]) => `${pollId} ${revision}`)
      this.#news.clear()
      await this.#channel.say(texts).catch((err) => this.#log?.warn({ err }, 'Other processes cannot be told'))
      await this.#pause(gatherMs)
    }
    this.#telling = undefined
  }

  #hear(text: string): void {
    const [, pollId, revision] = /^(\w+) (\d+)$/.exec(text) ?? []
    if (pollId) this.#feed.hear(pollId, Number(revision))
  }

  #onConnected(): void {
    if (!this.#isHearing) this.#log?.info('What other processes tell is heard again')
    this.#isHearing = true
    void this.#look()
  }

  #onFailed(err: unknown): void {
    const message = 'What other processes tell is not heard: until it is, their votes are shown a few seconds later'
    if (this.#isHearing) this.#log?.warn({ err }, message)
    this.#isHearing = false
  }

  async #lookOn(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      await this.#look()
      await this.#pause(lookMs)
    }
  }

  async #look(): Promise<void> {
    await this.#feed.look().catch((err) => this.#log?.debug({ err }, 'The revisions of polls cannot be read'))
  }

  async #pause(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.#stopping.signal }).catch(() => {})
  }
}
