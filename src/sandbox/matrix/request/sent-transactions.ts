import { LRUCache } from 'lru-cache'
import type { Requester } from '../request/requester.ts'

const max = 20_000
const minuteInMs = 60_000

/** The sends by transaction id that are remembered, so a repeat gets the first one's event. */
export class SentTransactions {
  /** In memory only. An application service has one memory for all its users: two ghosts must not use the same id. */
  #answers = new LRUCache<string, string>({ max, ttl: 30 * minuteInMs })
  /** Of devices. They survive a restart. */
  readonly #stored = new LRUCache<string, string>({ max, ttl: 24 * 60 * minuteInMs })

  /** The event of an earlier request, or of this one. */
  once(requester: Requester, { path, roomId, txnId }: SentAs, send: () => string): string {
    const { userId, deviceId, isAppService } = requester
    const answer = JSON.stringify([path, isAppService ? 'appservice' : [userId, deviceId]])
    const stored = deviceId === undefined ? undefined : JSON.stringify([userId, deviceId, roomId, txnId])
    const eventId = this.#answers.get(answer) ?? (stored && this.#stored.get(stored)) ?? send()
    this.#answers.set(answer, eventId)
    if (stored) this.#stored.set(stored, eventId)
    return eventId
  }

  /** Loses what a restart loses. */
  restart(): void {
    this.#answers = new LRUCache({ max, ttl: 30 * minuteInMs })
  }
}

type SentAs = {
  /** Of the request, without its query. */
  path: string
  roomId: string
  txnId: string
}
