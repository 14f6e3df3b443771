import type { PrismaClient } from '../../database/generated/client.ts'
import type { Choices, Poll, SecretBallot } from '../model/poll.ts'
import { areBallotsOpened } from '../rules/closing.ts'
import type { BallotEncryption } from './encryption.ts'
import { receiptOf } from './receipt.ts'

/**
 * A page of published ballots, in the order of their hashes; `next` is the hash that the next page begins with, if
 * there is one.
 */
export type BallotPage = { ballots: SecretBallot[]; next: string | null }

/** What can be read of secret ballots: one's own by its receipt, and all once they are published. */
export class SecretBallotQueries {
  readonly #prisma: PrismaClient
  readonly #seal: BallotEncryption

  constructor(prisma: PrismaClient, seal: BallotEncryption) {
    this.#prisma = prisma
    this.#seal = seal
  }

  /** What is on the ballot that was cast with this code; empty when there is none. */
  async choices(poll: Poll, code: string): Promise<Choices> {
    const [pollId, { lookup, hash }] = [poll.id, receiptOf(code)]
    if (!areBallotsOpened(poll)) {
      const where = { pollId_lookup: { pollId, lookup } }
      const row = await this.#prisma.secretBallot.findUnique({ where })
      if (row) return this.#seal.open(pollId, row.sealed).choices
    }
    const where = { pollId_receiptHash: { pollId, receiptHash: hash } }
    return (await this.#prisma.publishedBallot.findUnique({ where }))?.choices ?? []
  }

  /** Those whose hash is `from` or greater. */
  async published(pollId: string, { from = '', limit }: { from?: string; limit: number }): Promise<BallotPage> {
    const rows = await this.#prisma.publishedBallot.findMany({
      where: { pollId, receiptHash: { gte: from } },
      orderBy: { receiptHash: 'asc' },
      take: limit + 1,
    })
    const ballots = rows.slice(0, limit).map(({ receiptHash, choices }) => ({ hash: receiptHash, choices }))
    return { ballots, next: rows[limit]?.receiptHash ?? null }
  }
}
