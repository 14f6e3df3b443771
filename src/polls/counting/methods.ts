import { highestScore } from '../model/choices/choices.ts'
import type { Choices, CountedRanking, Outcome, Poll, PollState, RankingCounts } from '../model/poll.ts'
import type { PollMethod } from '../model/poll-rules.ts'
import type { CountingMethod } from './counting-method.ts'
import { dates } from './dates.ts'
import { multipleChoice } from './multiple-choice.ts'
import { countRankingCounts, outcomeOfCount, ranked } from './ranked/ranked.ts'
import type { RankedCount } from './ranked/ranked-count.ts'
import { score } from './score.ts'
import { singleChoice } from './single-choice.ts'
import { UncountedRanking } from './uncounted-ranking.ts'

const methods: Record<PollMethod, CountingMethod> = {
  single_choice: singleChoice,
  multiple_choice: multipleChoice,
  score,
  ranked,
  dates,
}

export function problemWithChoices(poll: Poll, choices: Choices): string | null {
  return methods[poll.method].problemWithChoices(choices, poll)
}

/** The votes that a ballot with these choices gives, by option; points in a poll of points. */
export function votesOn({ method }: Poll, choices: Choices): ReadonlyMap<string, number> {
  return methods[method].votes(choices)
}

/** The dates for which a ballot says if need be. */
export function maybesOn({ method }: Poll, choices: Choices): ReadonlyMap<string, number> {
  return methods[method].maybes?.(choices) ?? none
}

const none: ReadonlyMap<string, number> = new Map()

/** The votes or points of an option if every ballot gave it the most. */
export function maxPossible({ method, totalVotes }: Poll): number {
  return method === 'score' ? totalVotes * highestScore : totalVotes
}

/** The result so far; undefined for an open ranking, which `rankings/ranking-counter.ts` counts. */
export function outcomeOf(poll: Poll): Outcome | undefined {
  return withoutQuorum(poll) ?? methods[poll.method].outcome(poll)
}

/**
 * The result so far. @param count of a ranking
 *
 * @throws {RangeError} for an open ranking without its count
 */
export function outcomeCounted(poll: Poll, count: RankedCount | undefined): Outcome {
  const outcome = count ? (withoutQuorum(poll) ?? outcomeOfCount(count)) : outcomeOf(poll)
  if (!outcome) throw new RangeError(`All ballots of poll ${poll.id} must be loaded to count them.`)
  return outcome
}

/**
 * The result of a poll that is closed or about to be closed.
 *
 * @throws {UncountedRanking} for a ranking that has to be counted before it can be closed
 */
export function finalOutcome({ poll, rankingCounts, countedBefore }: PollState): Outcome {
  if (!rankingCounts || poll.totalVotes === 0) return outcomeCounted(poll, undefined)
  if (!countedBefore) return outcomeCounted(poll, countRankingCounts(poll, rankingCounts))
  return withoutQuorum(poll) ?? outcomeBefore(poll, rankingCounts, countedBefore)
}

function outcomeBefore(poll: Poll, changes: RankingCounts, counted: readonly CountedRanking[]): Outcome {
  const optionIds = poll.options.map(({ id }) => id)
  const known = counted.find((one) => optionIds.join() === one.optionIds.join() && areEqual(changes, one.changes))
  if (!known) throw new UncountedRanking(poll, changes)
  return known.outcome
}

function areEqual(some: RankingCounts, others: RankingCounts): boolean {
  return some.size === others.size && [...some].every(([ranking, ballots]) => others.get(ranking) === ballots)
}

function withoutQuorum(poll: Poll): Outcome | undefined {
  return poll.totalVotes > 0 && !hasQuorum(poll) ? { kind: 'no_quorum', options: [], votes: 0 } : undefined
}

/** Enough people have voted for a result. */
export function hasQuorum({ quorum, totalVotes }: Poll): boolean {
  return totalVotes >= (quorum ?? 0)
}
