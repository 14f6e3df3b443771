import { randomUUID } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import type { Secrets } from '../../config.ts'
import type { Poll } from '../../polls/model/poll.ts'
import {
  type Chat,
  type ChatDescription,
  type ChatReads,
  type ChatTimeouts,
  type ConnectingForm,
  connectingPath,
  type EndingConnection,
  type Entry,
  type Outcome,
  type Thread,
  type ThreadToRefresh,
} from '../chat.ts'
import { NetworkError } from '../http/chat-http.ts'
import type { MatrixConfig } from './config.ts'
import { connectingForm } from './connecting/connecting-form.ts'
import { ConnectingOffers } from './connecting/offer-connecting.ts'
import { MatrixHealth } from './health.ts'
import { Homeserver, MatrixError } from './homeserver.ts'
import { matrixChat, signInPath, transactionId } from './ids.ts'
import { type MatrixLinks, matrixLinks } from './links.ts'
import { ghostName } from './native/ghosts.ts'
import { NativePolls } from './native/native-polls.ts'
import { outcomeOf } from './outcome.ts'
import { message } from './posting/content.ts'
import { showNotice } from './posting/error-notice.ts'
import { hasVoteCommand } from './posting/poll-text.ts'
import { postEntry, refreshThread, type ShownEntry } from './posting/post-entry.ts'
import { words } from './posting/rich-text.ts'
import { MatrixRooms } from './rooms.ts'
import { matrixSettings } from './settings.ts'
import { MatrixUsers } from './users.ts'

type MatrixOptions = {
  matrix: MatrixConfig
  /** The public URL of Polldock, for links in messages. */
  publicUrl: URL
  /** The sandbox, if it is the homeserver. */
  sandboxUrl?: URL | undefined
  timeouts?: ChatTimeouts
  clock: () => Date
  /** The keys of links are derived from these. */
  secrets: Secrets
  reads: ChatReads
}

/**
 * A message that was answered 500 for this long, in milliseconds, while the homeserver answers other requests, counts as
 * invalid: it would hold up all later messages for ever.
 */
const maxServerErrorsMs = 600_000
const maxMessages = 10_000

/** `what`: the same when it is tried again. */
type Asked = { room: string; what: string; signal: AbortSignal }

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
  readonly health: MatrixHealth
  readonly links: MatrixLinks
  readonly connecting: ConnectingForm
  readonly settings = matrixSettings
  /** Gives links by which rooms are connected. */
  readonly offers: ConnectingOffers
  readonly native: NativePolls
  readonly #publicUrl: URL
  readonly #clock: () => Date
  /** By what was asked, the time of the first answer 500. */
  readonly #serverErrors = new LRUCache<string, Date>({ max: maxMessages })

  constructor({ matrix, publicUrl, sandboxUrl, timeouts, clock, secrets, reads }: MatrixOptions) {
    this.matrix = matrix
    this.homeserver = new Homeserver(matrix, timeouts)
    this.users = new MatrixUsers(matrix, this.homeserver)
    this.rooms = new MatrixRooms(this.homeserver, this.users)
    this.health = new MatrixHealth(matrix, this.homeserver)
    this.links = matrixLinks(matrix, sandboxUrl)
    const { rooms, users, health, links } = this
    this.native = new NativePolls({ rooms, users, reads, clock, publicUrl })
    const connectPath = connectingPath(matrixChat)
    const connecting = { rooms, links, bot: matrix.bot, secrets, clock }
    this.connecting = connectingForm(connecting)
    this.offers = new ConnectingOffers({ ...connecting, connectUrl: new URL(connectPath, publicUrl) })
    this.description = {
      ...{ key: matrixChat, name: 'Matrix', room: 'room', fullRoom: 'a Matrix room', takesComments: true },
      ...{ connectPath, signInPath, formOrigins: [] },
      ending: 'Messages stay there, but open polls of Matrix disappear, and the bot leaves.',
      sandbox: links.sandbox,
      get trouble() {
        return health.trouble
      },
    }
    this.#publicUrl = publicUrl
    this.#clock = clock
  }

  takesVotes(poll: Poll): boolean {
    return poll.status === 'open' && hasVoteCommand(poll)
  }

  async deliver(room: string, entry: Entry, signal: AbortSignal): Promise<Outcome> {
    return this.#outcome({ room, what: entry.uuid, signal }, async () => {
      const thread = await postEntry({ rooms: this.rooms, room, entry, publicUrl: this.#publicUrl, signal })
      return thread ? this.#withNative(room, entry, thread, signal) : { kind: 'sent' }
    })
  }

  async refresh(room: string, about: ThreadToRefresh, signal: AbortSignal): Promise<Outcome> {
    const { connection, poll } = about
    const entry = { ...about, movedAway: false }
    return this.#outcome({ room, what: `${connection.id} ${poll.id} ${poll.revision}`, signal }, async () => {
      const thread = await refreshThread({ rooms: this.rooms, room, entry, publicUrl: this.#publicUrl, signal })
      return this.#withNative(room, entry, thread, signal)
    })
  }

  /** Brings the native poll to the state that the message shows. */
  async #withNative(room: string, entry: ShownEntry, { id, data }: Thread, signal: AbortSignal): Promise<Outcome> {
    const { native, isUnfinished } = await this.native.show({ room, entry, root: id }, signal)
    return { kind: 'sent', thread: { id, data: { ...Object(data), native } }, ...(isUnfinished && { isUnfinished }) }
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

  /** Where the bot may not write any more, it leaves without a word. The ghosts leave after it, as far as the time allows. */
  async leave(room: string, { id, isLast }: EndingConnection, signal: AbortSignal): Promise<void> {
    const content = message(words('This room is disconnected from Polldock. Goodbye.'))
    try {
      await this.native.withdraw(room, id, signal).catch(expectKnown)
      if (!isLast) return
      await this.rooms.send({ room, content, txnId: transactionId('goodbye', randomUUID()) }, signal).catch(expectKnown)
      await this.rooms.leave(room, signal)
      await this.takeGhostsOut(room, signal)
    } catch (error) {
      expectKnown(error)
    }
  }

  /**
   * The ghosts leave a room in which the bot is not any more. An application service may ask for the members while one of its
   * accounts is there.
   *
   * @throws {MatrixError}
   * @throws {NetworkError}
   */
  async takeGhostsOut(room: string, signal: AbortSignal): Promise<void> {
    let members: ReadonlyMap<string, unknown>
    try {
      members = await this.rooms.joinedMembers(room, signal)
    } catch (error) {
      if (error instanceof MatrixError && error.answer.status === 403) return
      throw error
    }
    const ghosts = [...members.keys()].filter((account) => this.users.isOurs(account) && account !== this.users.bot)
    for (const ghost of ghosts) await this.rooms.leave(room, signal, ghost)
  }

  /** Renames the ghost, if the person has one. What rooms showed before stays in their history. */
  async forgetName(id: string, name: string, signal: AbortSignal): Promise<boolean> {
    try {
      await this.users.rename(this.users.ghostOf(id), ghostName({ id, name }), signal)
    } catch (error) {
      expectKnown(error)
      // The homeserver knows no such account.
      return error instanceof MatrixError && error.answer.status === 403
    }
    return true
  }

  /** Aborts the requests under way. */
  async close(): Promise<void> {
    await Promise.all([this.health.stop(), this.homeserver.close()])
  }

  async #outcome(asked: Asked, act: () => Promise<Outcome>): Promise<Outcome> {
    try {
      return await act()
    } catch (error) {
      return this.#outcomeOf(error, asked)
    }
  }

  async #outcomeOf(error: unknown, asked: Asked): Promise<Outcome> {
    const { room, signal } = asked
    expectKnown(error)
    if (error instanceof NetworkError) return { kind: 'later', reason: error.message }
    const { status } = error.answer
    try {
      const outcome = outcomeOf(error.answer, status === 403 ? await this.rooms.standing(room, signal) : 'joined')
      const isHopeless = status === 500 && outcome.kind === 'later' && (await this.#isHopeless(asked))
      return isHopeless ? { kind: 'invalid', reason: outcome.reason } : outcome
    } catch (failure) {
      expectKnown(failure)
      return { kind: 'later', reason: failure.message }
    }
  }

  async #isHopeless({ room, what, signal }: Asked): Promise<boolean> {
    const now = this.#clock()
    const since = this.#serverErrors.get(what) ?? now
    this.#serverErrors.set(what, since)
    if (now.getTime() - since.getTime() < maxServerErrorsMs) return false
    return (await this.rooms.standing(room, signal)) === 'joined'
  }
}

function expectKnown(error: unknown): asserts error is MatrixError | NetworkError {
  if (!(error instanceof MatrixError || error instanceof NetworkError)) throw error
}
