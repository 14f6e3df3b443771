import { setTimeout as sleep } from 'node:timers/promises'
import type { FastifyBaseLogger } from 'fastify'
import type { Channel } from '../database/database.ts'
import type { Committed } from '../polls/ballot-box/batch.ts'
import type { PollFeed } from './poll-feed.ts'

/** Notifications are sent at most this often. */
const notifyIntervalMs = 30
/** The maximum number of polls that wait to be sent. */
const maxPendingPolls = 5_000
/** Polls in one notification, whose text must stay below 8,000 bytes. */
const maxPolls = 200
/** How often to read revisions, for changes without a notification. */
const pollIntervalMs = 3_000

/**
 * Notifies the other processes on this database of each poll's new revision after the commit. A notification is lost
 * when a process is killed or a connection breaks. So each process also reads the revisions every few seconds and after
 * each reconnect.
 */
export class PeerNotifier {
  readonly #channel: Channel
  readonly #feed: PollFeed
  readonly #pending = new Map<string, number>()
  readonly #stopping = new AbortController()
  #log: FastifyBaseLogger | undefined
  #notifying: Promise<void> | undefined
  #polling: Promise<void> | undefined
  #listener: { stop(): Promise<void> } | undefined
  #isConnected = true

  constructor(channel: Channel, feed: PollFeed) {
    this.#channel = channel
    this.#feed = feed
  }

  /** Starts to notify and to listen; does not wait for the connection. */
  start(log: FastifyBaseLogger): void {
    this.#log = log
    this.#listener = this.#channel.listen({
      message: (text) => this.#onMessage(text),
      connected: () => this.#onConnected(),
      failed: (error) => this.#onFailed(error),
    })
    this.#polling = this.#pollRepeatedly()
  }

  /** Waits for pending notifications. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    await Promise.all([this.#listener?.stop(), this.#notifying, this.#polling])
  }

  notify(committed: readonly Committed[]): void {
    if (!this.#log) return
    for (const { poll } of committed) {
      if (this.#pending.size < maxPendingPolls || this.#pending.has(poll.id)) this.#pending.set(poll.id, poll.revision)
    }
    if (this.#pending.size > 0) this.#notifying ??= this.#notifyAll()
  }

  async #notifyAll(): Promise<void> {
    while (this.#pending.size > 0) {
      const lines = [...this.#pending].map(([pollId, revision]) => `${pollId} ${revision}`)
      this.#pending.clear()
      const texts = Array.from({ length: Math.ceil(lines.length / maxPolls) }, (_, index) =>
        lines.slice(index * maxPolls, (index + 1) * maxPolls).join('\n'),
      )
      await this.#channel
        .send(texts)
        .catch((err) =>
          this.#log?.warn({ err }, 'Other processes cannot be notified; they show these changes a few seconds later'),
        )
      await this.#pause(notifyIntervalMs)
    }
    this.#notifying = undefined
  }

  #onMessage(text: string): void {
    for (const [, pollId = '', revision] of text.matchAll(/^(\w+) (\d+)$/gm))
      this.#feed.onRevision(pollId, Number(revision))
  }

  #onConnected(): void {
    if (!this.#isConnected) this.#log?.info('Notifications from other processes arrive again')
    this.#isConnected = true
    void this.#poll()
  }

  #onFailed(err: unknown): void {
    const message =
      'Notifications from other processes do not arrive; until they do, their votes are shown a few seconds later'
    if (this.#isConnected) this.#log?.warn({ err }, message)
    this.#isConnected = false
  }

  async #pollRepeatedly(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      await this.#poll()
      await this.#pause(pollIntervalMs)
    }
  }

  async #poll(): Promise<void> {
    await this.#feed
      .readRevisions()
      .catch((err) => this.#log?.debug({ err }, 'The revisions of polls cannot be read; trying again in a few seconds'))
  }

  async #pause(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.#stopping.signal }).catch(() => {})
  }
}
