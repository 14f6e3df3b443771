import type { Poll, RankingCounts } from '../model/poll.ts'

/**
 * The outcome of a ranking is needed and was not counted before: count its stored ballots with these changes, and decide
 * again with the outcome (`PollState.countedBefore`). Of an anonymous poll that is about to close, no ballots are stored
 * yet, and the changes are all of them.
 */
export class UncountedRanking extends Error {
  override readonly name = 'UncountedRanking'
  readonly poll: Poll
  readonly changes: RankingCounts

  constructor(poll: Poll, changes: RankingCounts) {
    super(`The ranking ${poll.id} has to be counted before it can be closed.`)
    this.poll = poll
    this.changes = changes
  }
}
