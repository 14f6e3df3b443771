import type { Prisma, PrismaClient } from '../database/generated/client.ts'
import { Refusal } from '../errors.ts'
import type { BallotBox } from '../polls/ballot-box/ballot-box.ts'
import { moveAnswers } from '../polls/ballot-box/idempotency.ts'
import { pollsInvolving } from '../polls/queries/polls-involving.ts'
import { type PersonName, personFrom } from './model/person-name.ts'
import { makePagesStale } from './people.ts'

/** Longer than any request lasts that started as the guest's before the merge. */
const lateMs = 600_000
const maxRounds = 10
/** Commands submitted at the same time: they share the ballot box with everybody. */
const maxConcurrent = 200

/** Moves what belongs to a guest to a person, in the transaction that merges them. */
type Move = (tx: Prisma.TransactionClient, guestId: string, personId: string) => Promise<void>
type Unfinished = { guest: PersonName; person: PersonName }

/**
 * Merges a guest into the person as whom they sign in, or into another guest, whose private link they have. First the guest's sessions and tokens become the person's. Then
 * the person takes over the guest's polls, options and ballots, poll by poll through the ballot box, so each log shows it.
 * Every step is idempotent: `sweep` finishes what was interrupted or came late.
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
   * Merges the browser's guest, if there was one, into this person. What fails now is left to `sweep`.
   *
   * @returns whether a guest was merged
   */
  async merge(guest: PersonName | undefined, person: PersonName): Promise<boolean> {
    const ids = guest && { guestId: guest.id, personId: person.id }
    const isMerged = ids !== undefined && (await beginMerge(this.#prisma, ids, this.#clock(), this.#moveConnections))
    await this.#finishAll(person.id).catch(() => {})
    return isMerged
  }

  /** Finishes interrupted merges, and looks for what came late. */
  async sweep(): Promise<void> {
    await this.#finishAll()
  }

  /** Finishes the merges into this person, or all. A failure does not stop the others. */
  async #finishAll(personId?: string): Promise<void> {
    const failed: unknown[] = []
    for (const merge of await this.#unfinished(personId)) {
      await this.#finish(merge).catch((error) => failed.push(error))
    }
    if (failed.length > 0) throw new AggregateError(failed, 'Some guests could not be merged.')
  }

  async #unfinished(personId: string | undefined): Promise<Unfinished[]> {
    const naming = { id: true, name: true }
    const rows = await this.#prisma.person.findMany({
      where: { mergingSince: { not: null }, mergedIntoId: personId },
      select: { ...naming, mergedInto: { select: { ...naming, _count: { select: { chatAccounts: true } } } } },
      orderBy: { mergingSince: 'asc' },
    })
    return rows.flatMap(({ mergedInto, ...guest }) => {
      if (!mergedInto) return []
      const { _count, ...person } = mergedInto
      return [{ guest, person: personFrom({ ...person, isSignedIn: _count.chatAccounts > 0 }) }]
    })
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

  /** @returns whether the guest had anything in polls */
  async #takeOver({ guest, person }: Unfinished): Promise<boolean> {
    await this.#prisma.$transaction((tx) => moveBelongings(tx, guest.id, person.id, this.#moveConnections))
    const pollIds = await pollsInvolving(this.#prisma, guest.id)
    for (let from = 0; from < pollIds.length; from += maxConcurrent) {
      const some = pollIds.slice(from, from + maxConcurrent)
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

type MergeRow = { id: string; mergedIntoId: string | null }

/**
 * Makes the guest's sessions and tokens the person's. A person with a chat account is no guest.
 *
 * @returns false if there is no such guest, or not any more
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

/** Locks in the order of ids, so two merges cannot deadlock. */
async function lock(tx: Prisma.TransactionClient, ids: string[]): Promise<Map<string, MergeRow>> {
  const rows = await tx.$queryRaw<MergeRow[]>`
    SELECT id, merged_into_id AS "mergedIntoId" FROM people WHERE id = ANY(${ids}) ORDER BY id FOR NO KEY UPDATE`
  return new Map(rows.map((row) => [row.id, row]))
}

/** Guests who were merged into this guest are merged into the person, too. */
async function join(
  tx: Prisma.TransactionClient,
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

/** Moves the guest's sessions, tokens, accounts and connections. Idempotent, for what comes late. */
async function moveBelongings(
  tx: Prisma.TransactionClient,
  guestId: string,
  personId: string,
  moveConnections: Move,
): Promise<void> {
  const [where, data] = [{ personId: guestId }, { personId }]
  await tx.session.updateMany({ where, data })
  await tx.signInLink.deleteMany({ where })
  await tx.apiToken.updateMany({ where, data })
  await tx.chatAccount.updateMany({ where, data })
  await tx.unlinkedAccount.updateMany({ where, data })
  await moveConnections(tx, guestId, personId)
  await moveAnswers(tx, guestId, personId)
}
