import { setTimeout as sleep } from 'node:timers/promises'
import type { RoomEvent } from '../room/event.ts'

/** A batch of events with an id. It is sent until the application service answers 200. */
export type Transaction = { id: number; events: RoomEvent[] }

/** Sends a transaction. Whether the answer was 200. */
export type Send = (transaction: Transaction, signal: AbortSignal) => Promise<boolean>

const maxEventsPerTransaction = 100
/** Of events and transactions. Further ones are lost. */
const maxWaiting = 20_000
const maxBackoff = 9

/**
 * Pushes events to the application service, in order, as Synapse does: one transaction at a time. After a failure each
 * further batch is stored, and the oldest one is repeated after 2, 4, 8 … up to 512 seconds. A transaction that a restart
 * interrupted is repeated only then, too.
 */
export class Pusher {
  readonly #send: Send
  /** A second, in milliseconds. Tests shorten it. */
  readonly #second: number
  /** In memory only. A restart loses them. */
  #waiting: RoomEvent[] = []
  /** They survive a restart, and so does whether the application service is down. */
  #stored: Transaction[] = []
  #isDown = false
  #isRunning = false
  #backoff = 1
  #lastId = 0
  #retryNow = new AbortController()
  /** Ends all that an earlier run of the homeserver began. */
  #run = new AbortController()

  constructor({ send, second = 1_000 }: { send: Send; second?: number | undefined }) {
    this.#send = send
    this.#second = second
  }

  /** The number of events that are not pushed yet. */
  get backlog(): number {
    return this.#waiting.length + this.#stored.reduce((sum, { events }) => sum + events.length, 0)
  }

  push(event: RoomEvent): void {
    if (this.#waiting.length + this.#stored.length >= maxWaiting) return
    this.#waiting.push(event)
    if (!this.#isRunning) void this.#work(this.#run.signal)
  }

  /** Ends the wait for the next retry. */
  retryNow(): void {
    this.#retryNow.abort()
  }

  /** Loses what is only in memory. Ids start again after the last stored transaction. */
  restart(): void {
    this.stop()
    this.#run = new AbortController()
    this.#waiting = []
    this.#isRunning = false
    this.#lastId = this.#stored.at(-1)?.id ?? 0
    if (this.#isDown) this.#startRecovery(this.#run.signal)
  }

  stop(): void {
    this.#run.abort()
    this.#retryNow.abort()
  }

  async #work(run: AbortSignal): Promise<void> {
    this.#isRunning = true
    for (;;) {
      const events = this.#waiting.splice(0, maxEventsPerTransaction)
      if (events.length === 0) break
      const transaction = { id: ++this.#lastId, events }
      this.#stored.push(transaction)
      if (this.#isDown) continue
      const isSent = await this.#send(transaction, run)
      if (run.aborted) return
      if (isSent) this.#stored = this.#stored.filter((one) => one !== transaction)
      else this.#startRecovery(run)
    }
    this.#isRunning = false
  }

  #startRecovery(run: AbortSignal): void {
    this.#isDown = true
    this.#backoff = 1
    void this.#recover(run)
  }

  async #recover(run: AbortSignal): Promise<void> {
    for (;;) {
      await this.#wait()
      if (run.aborted) return
      if (await this.#sendStored(run)) break
      if (run.aborted) return
      this.#backoff = Math.min(this.#backoff + 1, maxBackoff)
    }
    this.#isDown = false
  }

  /** Whether all stored transactions were sent. */
  async #sendStored(run: AbortSignal): Promise<boolean> {
    for (let oldest = this.#stored[0]; oldest; oldest = this.#stored[0]) {
      const isSent = await this.#send(oldest, run)
      if (!isSent || run.aborted) return false
      this.#stored.shift()
      this.#backoff = 1
    }
    return true
  }

  async #wait(): Promise<void> {
    this.#retryNow = new AbortController()
    const { signal } = this.#retryNow
    await sleep(2 ** this.#backoff * this.#second, undefined, { signal, ref: false }).catch(() => undefined)
  }
}
