import { LRUCache } from 'lru-cache'
import type { PrismaClient } from '../../database/generated/client.ts'
import { loadRankingCounts } from '../ballot-box/ranking-counts.ts'
import { countRankingCounts } from '../counting/ranked/ranked.ts'
import type { RankedCount } from '../counting/ranked/ranked-count.ts'
import type { Poll } from '../model/poll.ts'

const maxCounts = 500

/** Counts of rankings, which take all ballots of a poll. Each is done once per revision. */
export class Counts {
  readonly #prisma: PrismaClient
  readonly #cache = new LRUCache<string, Promise<RankedCount>>({ max: maxCounts })

  constructor(prisma: PrismaClient) {
    this.#prisma = prisma
  }

  /** The count at this revision or a newer one; undefined if the poll is no ranking. */
  async of(poll: Poll): Promise<RankedCount | undefined> {
    if (poll.method !== 'ranked') return undefined
    const key = `${poll.id} ${poll.revision}`
    const known = this.#cache.get(key)
    if (known) return known
    const count = this.#count(poll)
    this.#cache.set(key, count)
    count.catch(() => this.#cache.delete(key))
    return count
  }

  async #count(poll: Poll): Promise<RankedCount> {
    const rankingCounts = await loadRankingCounts(this.#prisma, [poll.id])
    return countRankingCounts(poll, rankingCounts.get(poll.id) ?? new Map())
  }
}
