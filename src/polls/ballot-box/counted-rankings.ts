import type { Sql } from '../../database/direct-sql.ts'
import { outcomeOfCount } from '../counting/ranked/ranked.ts'
import type { UncountedRanking } from '../counting/uncounted-ranking.ts'
import type { CountedRanking, Poll } from '../model/poll.ts'
import type { CountAtRevision, RankingCounter } from '../rankings/ranking-counter.ts'

type Counted = { revision: number; rankings: CountedRanking[] }

/**
 * The outcomes of rankings that are about to close. Counting takes too long within a transaction, so they are counted
 * before it, and hold as long as the poll is at the same revision.
 */
export class CountedRankings {
  readonly #counter: RankingCounter
  readonly #counted = new Map<string, Counted>()

  constructor(counter: RankingCounter) {
    this.#counter = counter
  }

  /** What is known of the poll at its revision. */
  at({ id, revision }: Poll): readonly CountedRanking[] {
    const counted = this.#counted.get(id)
    return counted?.revision === revision ? counted.rankings : []
  }

  /** @throws {Refusal} `unavailable` if it cannot be counted at this moment */
  async count(uncounted: UncountedRanking): Promise<void> {
    this.#remember(uncounted, await this.#counter.withChanges(uncounted))
  }

  /** Counts while the transaction holds the poll's lock, so its revision stays. */
  async countWithin(tx: Sql, uncounted: UncountedRanking): Promise<void> {
    this.#remember(uncounted, await this.#counter.withChanges(uncounted, tx))
  }

  forget(pollId: string): void {
    this.#counted.delete(pollId)
  }

  #remember({ poll, changes }: UncountedRanking, { revision, count }: CountAtRevision): void {
    const known = this.#counted.get(poll.id)
    const others = known?.revision === revision ? known.rankings : []
    const optionIds = poll.options.map(({ id }) => id)
    const rankings = [...others, { optionIds, changes, outcome: outcomeOfCount(count) }]
    this.#counted.set(poll.id, { revision, rankings })
  }
}
