import { Readable } from 'node:stream'
import type { Prisma, PrismaClient } from '../database/generated/client.ts'
import { Refusal } from '../errors.ts'
import type { BallotBox } from '../polls/ballot-box/ballot-box.ts'
import type { Submission } from '../polls/ballot-box/batch.ts'
import { forgetAnswers } from '../polls/ballot-box/idempotency.ts'
import {
  commentKeysOf,
  createdPolls,
  forgetNamesInLogs,
  forgetOpenings,
  pollDataOf,
  somebody,
} from '../polls/queries/personal-data.ts'
import { openPollsVotedInSignedIn, pollsInvolving } from '../polls/queries/polls-involving.ts'
import { jsonText } from './json-text.ts'
import { type PersonName, personFrom } from './model/person-name.ts'
import { renamedNow } from './people.ts'

/** Commands submitted at the same time: they share the ballot box with everybody. */
const maxConcurrent = 20
/** Rows that one statement deletes. */
const rowsAtOnce = 500

/** The connections to rooms of chats that a person made. */
export type MadeConnection = { name: string; room: string; createdAt: Date }
type ConnectionsMadeBy = (prisma: PrismaClient, personId: string) => Promise<MadeConnection[]>
/** Chats forget the former name of a person. Resolves to whether all have. */
type ForgetInChats = (personId: string, name: string) => Promise<boolean>

/** All that is stored about a person: to export it, and to remove it. */
export class PersonalData {
  readonly #prisma: PrismaClient
  readonly #clock: () => Date
  readonly #box: BallotBox
  readonly #connectionsMadeBy: ConnectionsMadeBy
  readonly #forgetInChats: ForgetInChats

  constructor(
    prisma: PrismaClient,
    clock: () => Date,
    box: BallotBox,
    connectionsMadeBy: ConnectionsMadeBy,
    forgetInChats: ForgetInChats,
  ) {
    this.#prisma = prisma
    this.#clock = clock
    this.#box = box
    this.#connectionsMadeBy = connectionsMadeBy
    this.#forgetInChats = forgetInChats
  }

  /**
   * Everything about the person as JSON, without secrets: of sessions, links and tokens only their times. What polls hold
   * can be very much, so it is read page by page as fast as the text is sent.
   */
  async export(personId: string, indent?: number): Promise<Readable> {
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
    const all = { person, formerGuests: guests, accounts, sessions, apiTokens, privateLink, connections, ...polls }
    return Readable.from(jsonText(all, indent))
  }

  /**
   * Removes what is known about the person. Their polls without votes and their comments are deleted. Their votes stay
   * counted, and the other polls stay, as somebody's. Sessions, tokens and accounts of chats are gone. This takes many
   * transactions, and each step can be repeated. The sessions go last but for the names in chats, which may not answer.
   * `sweep` finishes what was interrupted.
   */
  async remove(by: PersonName): Promise<void> {
    await this.#prisma.person.update({ where: { id: by.id }, data: { removingSince: this.#clock() } })
    const formerIds = (await this.#guestsOf(by.id)).map(({ id }) => id)
    const ids = [by.id, ...formerIds]
    await this.#removeFromPolls(by, ids)
    await forgetNamesInLogs(this.#prisma, await pollsInvolving(this.#prisma, by.id), formerIds)
    while (await forgetOpenings(this.#prisma, ids, rowsAtOnce));
    while (await forgetAnswers(this.#prisma, ids, rowsAtOnce));
    await this.#prisma.$transaction((tx) => forgetPerson(tx, ids, this.#clock()))
    const forgotten = await Promise.all(ids.map((id) => this.#forgetInChats(id, somebody)))
    if (forgotten.includes(false)) return
    await this.#prisma.person.update({ where: { id: by.id }, data: { removingSince: null } })
  }

  /** Finishes removals that were interrupted. */
  async sweep(): Promise<void> {
    const people = await this.#prisma.person.findMany({
      where: { removingSince: { not: null } },
      select: { id: true, name: true, _count: { select: { chatAccounts: true } } },
    })
    for (const { _count, ...person } of people)
      await this.remove(personFrom({ ...person, isSignedIn: _count.chatAccounts > 0 }))
  }

  #guestsOf(personId: string): Promise<{ id: string; name: string }[]> {
    return this.#prisma.person.findMany({ where: { mergedIntoId: personId }, select: { id: true, name: true } })
  }

  /** Deletes comments and polls without votes, and withdraws votes that the person could cast again as somebody else. */
  async #removeFromPolls(by: PersonName, ids: readonly string[]): Promise<void> {
    for await (const comments of commentKeysOf(this.#prisma, ids)) {
      await this.#submitAll(
        comments.map(({ pollId, revision }) => {
          return { pollId, command: { type: 'deleteComment', comment: revision, by } }
        }),
      )
    }
    const votedIn = await openPollsVotedInSignedIn(this.#prisma, by.id)
    await this.#submitAll(votedIn.map((pollId) => ({ pollId, command: { type: 'withdrawVote', by } })))
    for await (const polls of createdPolls(this.#prisma, by.id)) {
      const empty = polls.filter(({ totalVotes }) => totalVotes === 0)
      await this.#submitAll(empty.map(({ id }) => ({ pollId: id, command: { type: 'delete', by } })))
    }
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
  await forgetOpenings(tx, ids, rowsAtOnce)
  await forgetAnswers(tx, ids, rowsAtOnce)
  for (const id of ids)
    await tx.$executeRaw`
      UPDATE people SET name = ${somebody}, renamed_at = ${renamedNow(now)} WHERE id = ${id}`
}
