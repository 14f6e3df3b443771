import type { PrismaClient } from '../../database/generated/client.ts'
import { parseChoices } from '../model/choices/choice-text.ts'
import type { AnonymousBallot, Choices, Poll } from '../model/poll.ts'
import { areBallotsOpened } from '../rules/closing.ts'
import type { BallotEncryption } from './encryption.ts'
import { receiptOf } from './receipt.ts'

/** A page of published ballots, sorted by hash. `next` is the first hash of the next page. */
export type BallotPage = { ballots: AnonymousBallot[]; next: string | null }

/** Reads of anonymous ballots: a voter's own by its receipt, and all once they are published. */
export class AnonymousBallotQueries {
  readonly #prisma: PrismaClient
  readonly #encryption: BallotEncryption

  constructor(prisma: PrismaClient, encryption: BallotEncryption) {
    this.#prisma = prisma
    this.#encryption = encryption
  }

  /** The choices on the ballot that was cast with this receipt code; empty without one. */
  async choices(poll: Poll, code: string): Promise<Choices> {
    const [pollId, { lookup, hash }] = [poll.id, receiptOf(code)]
    if (!areBallotsOpened(poll)) {
      const where = { pollId_lookup: { pollId, lookup } }
      const row = await this.#prisma.secretBallot.findUnique({ where })
      if (row) return this.#encryption.decrypt(pollId, row.sealed).choices
    }
    const where = { pollId_receiptHash: { pollId, receiptHash: hash } }
    const published = await this.#prisma.publishedBallot.findUnique({ where })
    return parseChoices(published?.choices ?? [])
  }

  /** Ballots whose hash is `from` or greater. */
  async published(pollId: string, { from = '', limit }: { from?: string; limit: number }): Promise<BallotPage> {
    const rows = await this.#prisma.publishedBallot.findMany({
      where: { pollId, receiptHash: { gte: from } },
      orderBy: { receiptHash: 'asc' },
      take: limit + 1,
    })
    const ballots = rows
      .slice(0, limit)
      .map(({ receiptHash: hash, choices }) => ({ hash, choices: parseChoices(choices) }))
    return { ballots, next: rows[limit]?.receiptHash ?? null }
  }
}
