import type DataLoader from 'dataloader'
import type { Sql } from '../database/direct-sql.ts'
import type { PrismaClient } from '../database/generated/client.ts'
import { loadTogether } from '../database/load-together.ts'
import { Guests } from './guests.ts'
import { newId, newToken, tokenHash } from './model/ids.ts'
import { type PersonName, personFrom } from './model/person-name.ts'
import { isSignedIn } from './sql.ts'

const dayInMs = 86_400_000
export const sessionDays = 90

/** `isSignedIn`: the person has signed in with a chat; otherwise they are a guest. */
export type Session = { hash: string; person: PersonName; isSignedIn: boolean; expiresAt: Date }

/** The future id and session token of a visitor who has not typed a name yet. */
export type Reservation = { id: string; token: string }

export const newReservation = (): Reservation => ({ id: newId(), token: newToken() })

type SessionRow = { hash: string; expiresAt: Date; id: string; name: string; isSignedIn: boolean }

/** Browser sessions: rows in the database. The browser holds the token. */
export class Sessions {
  readonly #prisma: PrismaClient
  readonly #sql: Sql
  readonly #clock: () => Date
  readonly #guests: Guests
  readonly #byHash: DataLoader<string, Session | undefined>

  constructor(prisma: PrismaClient, clock: () => Date, sql: Sql = prisma) {
    this.#prisma = prisma
    this.#sql = sql
    this.#clock = clock
    this.#guests = new Guests(sql, clock)
    // Nothing is cached, so signing out takes effect at once.
    this.#byHash = loadTogether((hashes) => this.#load(hashes))
  }

  async start(person: PersonName, isSignedIn: boolean): Promise<{ token: string; session: Session }> {
    const token = newToken()
    const now = this.#clock()
    const session = {
      hash: tokenHash(token),
      person: personFrom({ ...person, isSignedIn }),
      isSignedIn,
      expiresAt: this.#expiry(now),
    }
    await this.#prisma.session.create({
      data: {
        tokenHash: Buffer.from(session.hash, 'hex'),
        personId: person.id,
        createdAt: now,
        expiresAt: session.expiresAt,
      },
    })
    return { token, session }
  }

  /**
   * Creates a guest and their session. A reservation works once. A repetition, such as a double click, returns the same
   * session with the first name while it lasts, and undefined later.
   */
  async startAsGuest({ id, token }: Reservation, name: string): Promise<Session | undefined> {
    const session = { hash: tokenHash(token), expiresAt: this.#expiry(this.#clock()) }
    const isNew = await this.#guests.create({ id, name, session })
    return isNew ? { ...session, person: { id, name }, isSignedIn: false } : this.find(token)
  }

  /** The session of this token, unless it has expired. */
  find(token: string): Promise<Session | undefined> {
    return this.#byHash.load(tokenHash(token))
  }

  /** Whether to prolong the session: at most once a day. */
  isDue(session: Session): boolean {
    return session.expiresAt.getTime() < this.#expiry(this.#clock()).getTime() - dayInMs
  }

  async prolong(session: Session): Promise<void> {
    const tokenHash = Buffer.from(session.hash, 'hex')
    await this.#prisma.session.updateMany({ where: { tokenHash }, data: { expiresAt: this.#expiry(this.#clock()) } })
  }

  /** Ends the session: its token is invalid from now on. */
  async end(session: Session): Promise<void> {
    await this.#prisma.session.deleteMany({ where: { tokenHash: Buffer.from(session.hash, 'hex') } })
  }

  #expiry(now: Date): Date {
    return new Date(now.getTime() + sessionDays * dayInMs)
  }

  async #load(hashes: readonly string[]): Promise<(Session | undefined)[]> {
    const rows = await this.#sql.$queryRaw<SessionRow[]>`
      SELECT encode(s.token_hash, 'hex') AS hash, s.expires_at AS "expiresAt", p.id, p.name, ${isSignedIn} AS "isSignedIn"
      FROM sessions s JOIN people p ON p.id = s.person_id
      WHERE s.token_hash = ANY(ARRAY(SELECT decode(h, 'hex') FROM unnest(${hashes}::text[]) AS h))
        AND s.expires_at > ${this.#clock()}`
    const sessions = new Map(
      rows.map(({ hash, expiresAt, id, name, isSignedIn }) => [
        hash,
        { hash, expiresAt, person: personFrom({ id, name, isSignedIn }), isSignedIn },
      ]),
    )
    return hashes.map((hash) => sessions.get(hash))
  }
}

export async function deleteExpiredSessions(prisma: PrismaClient, now: Date): Promise<void> {
  await prisma.session.deleteMany({ where: { expiresAt: { lte: now } } })
}
