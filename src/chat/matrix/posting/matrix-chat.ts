import { LRUCache } from 'lru-cache'
import type { Chat, ChatDescription, ChatTimeouts, Entry, Outcome } from '../../chat.ts'
import { NetworkError } from '../../http/chat-http.ts'
import type { MatrixConfig } from '../config.ts'
import { Homeserver, type MatrixAnswer, MatrixError } from '../homeserver.ts'
import { matrixChat, signInPath } from '../ids.ts'
import { outcomeOf } from '../outcome.ts'
import { MatrixRooms } from '../rooms.ts'
import { MatrixUsers } from '../users.ts'
import { showNotice } from './error-notice.ts'
import { postEntry } from './post-entry.ts'

type MatrixOptions = {
  matrix: MatrixConfig
  /** The public URL of Polldock, for links in messages. */
  publicUrl: URL
  timeouts?: ChatTimeouts
}

/**
 * After this many answers 500 to one message it counts as invalid, so it does not hold up all others. A homeserver also
 * answers so while its database is away, so there are many.
 */
const maxServerErrors = 12
const maxMessages = 10_000

/**
 * Matrix as a chat. The credentials of a connection are the id of its room: the token to post is the operator's, and the
 * bot posts where it is a member.
 */
export class MatrixChat implements Chat {
  readonly description: ChatDescription
  readonly matrix: MatrixConfig
  readonly homeserver: Homeserver
  readonly users: MatrixUsers
  readonly rooms: MatrixRooms
  readonly #publicUrl: URL
  /** By the message's uuid. */
  readonly #serverErrors = new LRUCache<string, number>({ max: maxMessages })

  constructor({ matrix, publicUrl, timeouts }: MatrixOptions) {
    this.description = {
      ...{ key: matrixChat, name: 'Matrix', room: 'room' },
      ...{ connectPath: '/connections/new/matrix', signInPath, formOrigins: [] },
    }
    this.matrix = matrix
    this.homeserver = new Homeserver(matrix, timeouts)
    this.users = new MatrixUsers(matrix, this.homeserver)
    this.rooms = new MatrixRooms(this.homeserver, this.users)
    this.#publicUrl = publicUrl
  }

  takesVotes(): boolean {
    return false
  }

  async deliver(room: string, entry: Entry, signal: AbortSignal): Promise<Outcome> {
    try {
      const thread = await postEntry(this.rooms, { room, entry, publicUrl: this.#publicUrl }, signal)
      return { kind: 'sent', ...(thread && { thread }) }
    } catch (error) {
      return this.#outcomeOf(error, room, entry, signal)
    }
  }

  async showError(room: string, text: string, signal: AbortSignal): Promise<boolean> {
    try {
      await showNotice(this.rooms, this.users.bot, { room, text }, signal)
      return true
    } catch (error) {
      expectKnown(error)
      return false
    }
  }

  /** Aborts the requests under way. */
  async close(): Promise<void> {
    await this.homeserver.close()
  }

  async #outcomeOf(error: unknown, room: string, { uuid }: Entry, signal: AbortSignal): Promise<Outcome> {
    expectKnown(error)
    if (error instanceof NetworkError) return { kind: 'later', reason: error.message }
    const outcome = await this.#explained(error.answer, room, signal)
    const isHopeless = error.answer.status === 500 && outcome.kind === 'later' && this.#isTooOften(uuid)
    return isHopeless ? { kind: 'invalid', reason: outcome.reason } : outcome
  }

  async #explained(answer: MatrixAnswer, room: string, signal: AbortSignal): Promise<Outcome> {
    if (answer.status !== 403) return outcomeOf(answer, 'joined')
    try {
      return outcomeOf(answer, await this.rooms.standing(room, signal))
    } catch (error) {
      expectKnown(error)
      return { kind: 'later', reason: error.message }
    }
  }

  #isTooOften(uuid: string): boolean {
    const errors = (this.#serverErrors.get(uuid) ?? 0) + 1
    this.#serverErrors.set(uuid, errors)
    return errors >= maxServerErrors
  }
}

function expectKnown(error: unknown): asserts error is MatrixError | NetworkError {
  if (!(error instanceof MatrixError || error instanceof NetworkError)) throw error
}
