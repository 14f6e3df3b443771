import { LRUCache } from 'lru-cache'
import { chatName, type PersonName } from '../../../people/model/person-name.ts'
import { MatrixError } from '../homeserver.ts'
import type { MatrixRooms } from '../rooms.ts'
import type { MatrixUsers } from '../users.ts'

const maxKnown = 20_000
/** In UTF-16 code units. */
const maxNameLength = 256

/** Brings the accounts that stand for people into rooms, under their names. */
export class Ghosts {
  readonly #rooms: MatrixRooms
  readonly #users: MatrixUsers
  /** The names of those that this process knows to be in a room, by room and person. */
  readonly #known = new LRUCache<string, string>({ max: maxKnown })

  constructor(rooms: MatrixRooms, users: MatrixUsers) {
    this.#rooms = rooms
    this.#users = users
  }

  /** @throws {MatrixError} with 403 if the room does not allow it */
  async bringIn(room: string, person: PersonName, signal: AbortSignal): Promise<void> {
    const account = this.#users.ghostOf(person.id)
    const name = ghostName(person)
    const key = `${room} ${person.id}`
    if (this.#known.get(key) === name) return
    await this.#users.prepare({ account, name, signal })
    const member = await this.#rooms.member(room, account, signal)
    // A new name is in the event of the join.
    if (member && member.displayname !== name) await this.#users.rename(account, name, signal)
    if (member?.membership !== 'join') await this.#inviteAndJoin(room, account, signal)
    this.#known.set(key, name)
  }

  /** Somebody may have removed the account from the room since it was brought in. */
  forget(room: string, { id }: PersonName): void {
    this.#known.delete(`${room} ${id}`)
  }

  /** In a public room no invitation is needed, and the bot may not be allowed to send one. */
  async #inviteAndJoin(room: string, account: string, signal: AbortSignal): Promise<void> {
    try {
      await this.#rooms.invite(room, account, signal)
    } catch (error) {
      if (!(error instanceof MatrixError && error.answer.status === 403)) throw error
    }
    await this.#rooms.join(room, signal, account)
  }
}

/** Says that it is no account of the person: they may be in the room themselves. */
export function ghostName({ name, isSignedIn, chat }: PersonName): string {
  const mark = isSignedIn ? '' : `${chat === undefined ? 'guest' : chatName(chat)}, `
  const end = ` (${mark}via Polldock)`
  return `${name.slice(0, maxNameLength - end.length).toWellFormed()}${end}`
}
