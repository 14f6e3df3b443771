import { LRUCache } from 'lru-cache'
import type { Chat, ChatDescription, ChatTimeouts, Entry, Outcome } from '../../chat.ts'
import { NetworkError } from '../../http/chat-http.ts'
import type { MatrixConfig } from '../config.ts'
import { Homeserver, MatrixError } from '../homeserver.ts'
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
  clock: () => Date
}

/**
 * A message that was answered 500 for this long, in milliseconds, while the homeserver answers other requests, counts as
 * invalid: it would hold up all later messages for ever.
 */
const maxServerErrorsMs = 600_000
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
  readonly #clock: () => Date
  /** By the message's uuid, the time of the first answer 500. */
  readonly #serverErrors = new LRUCache<string, Date>({ max: maxMessages })

  constructor({ matrix, publicUrl, timeouts, clock }: MatrixOptions) {
    this.description = {
      ...{ key: matrixChat, name: 'Matrix', room: 'room' },
      ...{ connectPath: '/connections/new/matrix', signInPath, formOrigins: [] },
    }
    this.matrix = matrix
    this.homeserver = new Homeserver(matrix, timeouts)
    this.users = new MatrixUsers(matrix, this.homeserver)
    this.rooms = new MatrixRooms(this.homeserver, this.users)
    this.#publicUrl = publicUrl
    this.#clock = clock
  }

  takesVotes(): boolean {
    return false
  }

  async deliver(room: string, entry: Entry, signal: AbortSignal): Promise<Outcome> {
    try {
      const thread = await postEntry({ rooms: this.rooms, room, entry, publicUrl: this.#publicUrl, signal })
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
    const { status } = error.answer
    try {
      const outcome = outcomeOf(error.answer, status === 403 ? await this.rooms.standing(room, signal) : 'joined')
      const isHopeless = status === 500 && outcome.kind === 'later' && (await this.#isHopeless(room, uuid, signal))
      return isHopeless ? { kind: 'invalid', reason: outcome.reason } : outcome
    } catch (failure) {
      expectKnown(failure)
      return { kind: 'later', reason: failure.message }
    }
  }

  async #isHopeless(room: string, uuid: string, signal: AbortSignal): Promise<boolean> {
    const now = this.#clock()
    const since = this.#serverErrors.get(uuid) ?? now
    this.#serverErrors.set(uuid, since)
    if (now.getTime() - since.getTime() < maxServerErrorsMs) return false
    return (await this.rooms.standing(room, signal)) === 'joined'
  }
}

function expectKnown(error: unknown): asserts error is MatrixError | NetworkError {
  if (!(error instanceof MatrixError || error instanceof NetworkError)) throw error
}
