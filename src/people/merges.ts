import type { Prisma, PrismaClient } from '../database/generated/client.ts'
import { Refusal } from '../errors.ts'
import type { BallotBox } from '../polls/ballot-box/ballot-box.ts'
import { moveAnswers } from '../polls/ballot-box/idempotency.ts'
import { pollsInvolving } from '../polls/queries/polls-involving.ts'
import type { PersonName } from './model/person-name.ts'
import { makePagesStale } from './people.ts'

/** Longer than a request can be under way that was recognised as the guest's before they were merged. */
const lateMs = 600_000
const maxRounds = 10
/** Polls whose commands wait at a time: they share the ballot box with everybody. */
const atOnce = 200

/** Moves what belongs to a guest to a person, in the transaction that merges them. */
type Move = (tx: Prisma.TransactionClient, guestId: string, personId: string) => Promise<void>
type Unfinished = { guest: PersonName; person: PersonName }

/**
 * A guest who turns out to be somebody whom we know: the two become one. First the guest is the person wherever they
 * act; then what they left in polls becomes the person's, poll by poll through the ballot box, so that each log tells
 * of it. Every step may be repeated: what was cut short, or came late, is found and done by the next who looks.
 */
export class Merges {
  readonly #prisma: PrismaClient
  readonly #clock: () => Date
  readonly #box: BallotBox
  readonly #moveConnections: Move

  /** @param moveConnections gives the connections that the guest made to the person */
  constructor(prisma: PrismaClient, clock: () => Date, box: BallotBox, moveConnections: Move) {
    this.#prisma = prisma
    this.#clock = clock
    this.#box = box
    this.#moveConnections = moveConnections
  }

  /**
   * Makes the guest that a browser was, if it was one, the person that it is now. What cannot be done at this moment is
   * left to `sweep`.
   *
   * @returns whether there was something to make theirs
   */
  async merge(guest: PersonName | undefined, person: PersonName): Promise<boolean> {
    const ids = guest && { guestId: guest.id, personId: person.id }
    const isMerged = ids !== undefined && (await beginMerge(this.#prisma, ids, this.#clock(), this.#moveConnections))
    await this.#goOn(person.id).catch(() => {})
    return isMerged
  }

  /** Goes on with all that was cut short, and looks for what came late. */
  async sweep(): Promise<void> {
    await this.#goOn()
  }

  /** With the guests of this person, or of all. One that fails does not hold up the others. */
  async #goOn(personId?: string): Promise<void> {
    const failed: unknown[] = []
    for (const merge of await this.#unfinished(personId)) {
      await this.#finish(merge).catch((error) => failed.push(error))
    }
    if (failed.length > 0) throw new AggregateError(failed, 'Not every guest could be made one with who they are.')
  }

  async #unfinished(personId: string | undefined): Promise<Unfinished[]> {
    const naming = { id: true, name: true }
    const rows = await this.#prisma.person.findMany({
      where: { mergingSince: { not: null }, mergedIntoId: personId },
      select: { ...naming, mergedInto: { select: naming } },
      orderBy: { mergingSince: 'asc' },
    })
    return rows.flatMap(({ mergedInto, ...guest }) =>
      mergedInto ? [{ guest, person: { ...mergedInto, isSignedIn: true } }] : [],
    )
  }

  async #finish(merge: Unfinished): Promise<void> {
    for (let round = 0; round < maxRounds; round++) {
      if (await this.#takeOver(merge)) continue
      const longAgo = new Date(this.#clock().getTime() - lateMs)
      const where = { id: merge.guest.id, mergingSince: { lte: longAgo } }
      await this.#prisma.person.updateMany({ where, data: { mergingSince: null } })
      return
    }
  }

  /** @returns whether there was anything in polls */
  async #takeOver({ guest, person }: Unfinished): Promise<boolean> {
    await this.#prisma.$transaction((tx) => moveBelongings(tx, guest.id, person.id, this.#moveConnections))
    const pollIds = await pollsInvolving(this.#prisma, guest.id)
    for (let from = 0; from < pollIds.length; from += atOnce) {
      const some = pollIds.slice(from, from + atOnce)
      await Promise.all(some.map((pollId) => this.#takeOverIn(pollId, person, guest)))
    }
    return pollIds.length > 0
  }

  async #takeOverIn(pollId: string, by: PersonName, guest: PersonName): Promise<void> {
    try {
      await this.#box.submit({ pollId, command: { by, type: 'mergeGuest', guest } })
    } catch (error) {
      const isGone = error instanceof Refusal && ['gone', 'not_found'].includes(error.code)
      if (!isGone) throw error
    }
  }
}

type Transaction = Prisma.TransactionClient
type MergeRow = { id: string; mergedIntoId: string | null }

/**
 * From now on the guest is the person: in every browser, and with every token. Somebody who has an account of a chat is
 * no guest.
 *
 * @returns false when there is no such guest any more
 */
export async function beginMerge(
  prisma: PrismaClient,
  { guestId, personId }: { guestId: string; personId: string },
  now: Date,
  moveConnections: Move,
): Promise<boolean> {
  const outcome = await prisma.$transaction(async (tx) => {
    const people = await lock(tx, [guestId, personId])
    const [guest, person] = [people.get(guestId), people.get(personId)]
    if (guestId === personId || !guest || !person || guest.mergedIntoId) return false
    if ((await tx.chatAccount.count({ where: { personId: guestId } })) > 0) return false
    if (person.mergedIntoId) return { personId: person.mergedIntoId }
    await join(tx, { guestId, personId }, now, moveConnections)
    return true
  })
  return typeof outcome === 'boolean' ? outcome : beginMerge(prisma, { guestId, ...outcome }, now, moveConnections)
}

/** In the order of their ids, so that nobody waits for each other. */
async function lock(tx: Transaction, ids: string[]): Promise<Map<string, MergeRow>> {
  const rows = await tx.$queryRaw<MergeRow[]>`
    SELECT id, merged_into_id AS "mergedIntoId" FROM people WHERE id = ANY(${ids}) ORDER BY id FOR NO KEY UPDATE`
  return new Map(rows.map((row) => [row.id, row]))
}

/** Those who were merged into the guest are the person as well. */
async function join(
  tx: Transaction,
  { guestId, personId }: { guestId: string; personId: string },
  now: Date,
  moveConnections: Move,
): Promise<void> {
  // Before the two are one: this looks for what the guest did, not for what the person did.
  await makePagesStale(tx, { personId, named: guestId, now })
  await tx.person.update({ where: { id: guestId }, data: { mergingSince: now } })
  await tx.person.updateMany({
    where: { OR: [{ id: guestId }, { mergedIntoId: guestId }] },
    data: { mergedIntoId: personId },
  })
  await moveBelongings(tx, guestId, personId, moveConnections)
}

/** What the guest acts with. May be done again and again, for what came late. */
async function moveBelongings(
  tx: Transaction,
  guestId: string,
  personId: string,
  moveConnections: Move,
): Promise<void> {
  const [where, data] = [{ personId: guestId }, { personId }]
  await tx.session.updateMany({ where, data })
  await tx.apiToken.updateMany({ where, data })
  await tx.chatAccount.updateMany({ where, data })
  await tx.unlinkedAccount.updateMany({ where, data })
  await moveConnections(tx, guestId, personId)
  await moveAnswers(tx, guestId, personId)
}
