import { LRUCache } from 'lru-cache'
import { MatrixError } from '../homeserver.ts'
import { transactionId } from '../ids.ts'
import { message } from '../posting/content.ts'
import { inLines, joined, link, type RichText, typed, words } from '../posting/rich-text.ts'
import { maySendState } from '../power.ts'
import type { MatrixRooms } from '../rooms.ts'
import type { ConnectingOptions } from './connecting-form.ts'
import { nameOf } from './connecting-form.ts'
import { type Invitation, invitationField, signInvitation } from './invitation.ts'

type OfferOptions = ConnectingOptions & {
  /** The page that connects a room. */
  connectUrl: URL
}

/** Who asks, and the event by which they asked. */
type Asked = Invitation & { because: string }

const maxDirectRooms = 1_000

/**
 * Sends links by which rooms are connected. A person who opens such a link acts for the account, so the link is sent to a
 * direct room: others can read, or may join and read, the room that it is about.
 */
export class ConnectingOffers {
  readonly #options: OfferOptions
  /** By account. */
  readonly #directRooms = new LRUCache<string, string>({ max: maxDirectRooms })

  constructor(options: OfferOptions) {
    this.#options = options
  }

  /**
   * Sends the account a link, if it may change the settings of the room.
   *
   * @returns what to say in the room
   * @throws {MatrixError}
   * @throws {NetworkError}
   */
  async offer(asked: Asked, signal?: AbortSignal): Promise<RichText> {
    const { rooms, bot } = this.#options
    const { room, account } = asked
    if (!(await maySendState(rooms, room, account, signal)))
      return words('Somebody who may change the settings of the room can connect it: they write !connect here.')
    const said = await this.#link(asked, signal)
    const direct = await this.#directRoom(account, signal)
    const txnId = transactionId('link', asked.because, direct)
    await rooms.send({ room: direct, content: message(said, 'm.text'), txnId }, signal)
    return words(`${account} gets a link by which this room is connected, in a direct room with ${bot}.`)
  }

  /** Links for the account are sent to this room, in which the account has invited the bot. */
  useDirectRoom(account: string, room: string): void {
    this.#directRooms.set(account, room)
  }

  async #link(invitation: Invitation, signal?: AbortSignal): Promise<RichText> {
    const { rooms, secrets, clock, connectUrl } = this.#options
    const url = new URL(connectUrl)
    url.searchParams.set(invitationField, await signInvitation(secrets, invitation, clock()))
    const name = typed(await nameOf(rooms, invitation.room, signal))
    return inLines([
      joined([words('The room '), name, words(' can be connected with Polldock for one hour:')]),
      link(url.href, words('Connect it')),
    ])
  }

  /** One where the account is, or is invited to. It may have left an earlier one, or brought others into it. */
  async #directRoom(account: string, signal?: AbortSignal): Promise<string> {
    const { rooms } = this.#options
    const known = this.#directRooms.get(account)
    if (known && (await isPrivate(rooms, known, account, signal))) return known
    const made = await rooms.createDirectRoom(account, signal)
    this.#directRooms.set(account, made)
    return made
  }
}

async function isPrivate(rooms: MatrixRooms, room: string, account: string, signal?: AbortSignal): Promise<boolean> {
  try {
    const members = await rooms.joinedMembers(room, signal)
    const membership = await rooms.membership(room, account, signal)
    return members.size <= 2 && (membership === 'join' || membership === 'invite')
  } catch (error) {
    // The account may have removed the bot.
    if (error instanceof MatrixError && error.answer.status === 403) return false
    throw error
  }
}
