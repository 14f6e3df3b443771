import { highestScore } from '../model/choices.ts'
import type { Choices, Outcome, Poll, PollState } from '../model/poll.ts'
import type { PollMethod } from '../model/poll-rules.ts'
import type { CountingMethod } from './counting-method.ts'
import { dates } from './dates.ts'
import { multipleChoice } from './multiple-choice.ts'
import { countRankingCounts, outcomeOfCount, ranked } from './ranked/ranked.ts'
import type { RankedCount } from './ranked/ranked-count.ts'
import { score } from './score.ts'
import { singleChoice } from './single-choice.ts'

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

/** How many votes a ballot with these choices gives to which options; points, in a poll of scores. */
export function votesOn({ method }: Poll, choices: Choices): ReadonlyMap<string, number> {
  return methods[method].votes(choices)
}

/** Of which dates a ballot says that its voter can if need be. */
export function maybesOn({ method }: Poll, choices: Choices): ReadonlyMap<string, number> {
  return methods[method].maybes?.(choices) ?? none
}

const none: ReadonlyMap<string, number> = new Map()

/** What an option would have if it had all that every ballot can give. */
export function maxPossible({ method, totalVotes }: Poll): number {
  return method === 'score' ? totalVotes * highestScore : totalVotes
}

/** What the count of the ballots so far says; undefined of a ranking that is open, which `Counts` counts. */
export function outcomeOf(poll: Poll): Outcome | undefined {
  return tooFew(poll) ?? methods[poll.method].outcome(poll)
}

/**
 * The same where the ballots of a ranking are counted.
 *
 * @throws {RangeError} of a ranking that is open, without its count
 */
export function outcomeCounted(poll: Poll, count: RankedCount | undefined): Outcome {
  const outcome = count ? (tooFew(poll) ?? outcomeOfCount(count)) : outcomeOf(poll)
  if (!outcome) throw new RangeError(`All ballots of poll ${poll.id} must be loaded to count them.`)
  return outcome
}

/**
 * The same of a poll that is about to be closed, or has been.
 *
 * @throws {RangeError} of a ranking, when its rankingCounts is not known
 */
export function finalOutcome({ poll, rankingCounts }: PollState): Outcome {
  return outcomeCounted(poll, rankingCounts && countRankingCounts(poll, rankingCounts))
}

function tooFew(poll: Poll): Outcome | undefined {
  return poll.totalVotes > 0 && !hasQuorum(poll) ? { kind: 'no_quorum', options: [], votes: 0 } : undefined
}

/** Enough people have voted for a result. */
export function hasQuorum({ quorum, totalVotes }: Poll): boolean {
  return totalVotes >= (quorum ?? 0)
}
