import type { Prisma, PrismaClient } from '../database/generated/client.ts'
import { Refusal } from '../errors.ts'
import type { BallotBox } from '../polls/ballot-box/ballot-box.ts'
import type { Submission } from '../polls/ballot-box/batch.ts'
import { forgetAnswers } from '../polls/ballot-box/idempotency.ts'
import {
  forgetNamesInLogs,
  forgetOpenings,
  openPollsVotedInSignedIn,
  type PollData,
  pollDataOf,
  somebody,
} from '../polls/queries/personal-data.ts'
import { pollsInvolving } from '../polls/queries/polls-involving.ts'
import type { PersonName } from './model/person-name.ts'
import { renamedNow } from './people.ts'

/** Commands submitted at the same time: they share the ballot box with everybody. */
const maxConcurrent = 50

/** The connections to rooms of chats that a person made. */
export type MadeConnection = { name: string; room: string; createdAt: Date }
type ConnectionsMadeBy = (prisma: PrismaClient, personId: string) => Promise<MadeConnection[]>

/** All that is stored about a person: to export it, and to remove it. */
export class PersonalData {
  readonly #prisma: PrismaClient
  readonly #clock: () => Date
  readonly #box: BallotBox
  readonly #connectionsMadeBy: ConnectionsMadeBy

  constructor(prisma: PrismaClient, clock: () => Date, box: BallotBox, connectionsMadeBy: ConnectionsMadeBy) {
    this.#prisma = prisma
    this.#clock = clock
    this.#box = box
    this.#connectionsMadeBy = connectionsMadeBy
  }

  /** Everything about the person, without secrets: of sessions, links and tokens only their times. */
  async of(personId: string) {
    const where = { personId }
    const guests = await this.#guestsOf(personId)
    const [person, accounts, sessions, apiTokens, privateLink, connections, polls] = await Promise.all([
      this.#prisma.person.findUniqueOrThrow({
        where: { id: personId },
        select: { id: true, name: true, createdAt: true },
      }),
      this.#prisma.chatAccount.findMany({ where, omit: { personId: true, sees: true, seenAt: true } }),
      this.#prisma.session.findMany({ where, select: { createdAt: true, expiresAt: true } }),
      this.#prisma.apiToken.findMany({ where, select: { name: true, createdAt: true, lastUsedAt: true } }),
      this.#prisma.signInLink.findUnique({ where, select: { createdAt: true, lastUsedAt: true } }),
      this.#connectionsMadeBy(this.#prisma, personId),
      pollDataOf(
        this.#prisma,
        personId,
        guests.map(({ id }) => id),
      ),
    ])
    return { person, formerGuests: guests, accounts, sessions, apiTokens, privateLink, connections, ...polls }
  }

  /**
   * Removes what is known about the person. Their polls without votes and their comments are deleted. Their votes stay
   * counted, and the other polls stay, as somebody's. Sessions, tokens and accounts of chats are gone. Each step can be
   * repeated, so a removal that was interrupted is finished by asking again.
   */
  async remove(by: PersonName): Promise<void> {
    const guests = await this.#guestsOf(by.id)
    const formerIds = guests.map(({ id }) => id)
    const data = await pollDataOf(this.#prisma, by.id, formerIds)
    await this.#submitAll(await this.#submissions(by, data))
    const pollIds = await pollsInvolving(this.#prisma, by.id)
    const ids = [by.id, ...formerIds]
    await this.#prisma.$transaction(async (tx) => {
      await forgetPerson(tx, ids, this.#clock())
      await forgetOpenings(tx, ids)
      await forgetNamesInLogs(tx, pollIds, formerIds)
      await forgetAnswers(tx, ids)
    })
  }

  #guestsOf(personId: string): Promise<{ id: string; name: string }[]> {
    return this.#prisma.person.findMany({ where: { mergedIntoId: personId }, select: { id: true, name: true } })
  }

  /** Deletes comments and polls without votes, and withdraws votes that the person could cast again as somebody else. */
  async #submissions(by: PersonName, { polls, comments }: PollData): Promise<Submission[]> {
    const votedIn = await openPollsVotedInSignedIn(this.#prisma, by.id)
    return [
      ...comments.map(({ pollId, revision }): Submission => {
        return { pollId, command: { type: 'deleteComment', comment: revision, by } }
      }),
      ...votedIn.map((pollId): Submission => ({ pollId, command: { type: 'withdrawVote', by } })),
      ...polls
        .filter(({ totalVotes }) => totalVotes === 0)
        .map(({ id }): Submission => ({ pollId: id, command: { type: 'delete', by } })),
    ]
  }

  async #submitAll(submissions: readonly Submission[]): Promise<void> {
    for (let from = 0; from < submissions.length; from += maxConcurrent)
      await Promise.all(submissions.slice(from, from + maxConcurrent).map((submission) => this.#submit(submission)))
  }

  /** What the domain refuses stays: somebody voted in the poll meanwhile, or it is gone. */
  async #submit(submission: Submission): Promise<void> {
    try {
      await this.#box.submit(submission)
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
    }
  }
}

async function forgetPerson(tx: Prisma.TransactionClient, ids: string[], now: Date): Promise<void> {
  const where = { personId: { in: ids } }
  await tx.session.deleteMany({ where })
  await tx.signInLink.deleteMany({ where })
  await tx.apiToken.deleteMany({ where })
  await tx.chatAccount.deleteMany({ where })
  await tx.unlinkedAccount.deleteMany({ where })
  for (const id of ids)
    await tx.$executeRaw`UPDATE people SET name = ${somebody}, renamed_at = ${renamedNow(now)} WHERE id = ${id}`
}
