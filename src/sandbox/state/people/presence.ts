import type { User } from '../types.ts'

/** When a client of the user last said that it runs, and that the user does something. */
export type Seen = { lastPing: Date; lastActivity: Date | null }

/** What others hear of a user. It has the id of a message, but is not stored, as documented. */
export type UserPing = { id: number; user: User; lastActivity: Date | null; sent: Date }

/** In milliseconds. Others hear of a user no more often, however many clients the user has. */
const intervalMs = 10_000

/** Who is online in a flow: the users whose clients say so with their streams. */
export class Presence {
  /** By user id. */
  readonly #seen = new Map<number, Seen & { announcedAt: Date }>()

  of({ id }: User): Seen | undefined {
    return this.#seen.get(id)
  }

  /** @returns whether others should hear of it now */
  note({ id }: User, isActive: boolean, now: Date): boolean {
    const before = this.#seen.get(id)
    const isNews = !before || now.getTime() - before.announcedAt.getTime() >= intervalMs
    const lastActivity = isActive ? now : (before?.lastActivity ?? null)
    this.#seen.set(id, { lastPing: now, lastActivity, announcedAt: isNews ? now : before.announcedAt })
    return isNews
  }
}
