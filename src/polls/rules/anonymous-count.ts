import { maybesOn, votesOn } from '../counting/methods.ts'
import type { AnonymousCount, Choices, Poll } from '../model/poll.ts'
import { addRanking } from './apply-vote.ts'

/** The count of an anonymous poll without ballots. */
export function noAnonymousCount({ method }: Pick<Poll, 'method'>): AnonymousCount {
  return { votes: new Map(), maybes: new Map(), rankingCounts: method === 'ranked' ? new Map() : undefined }
}

/** Adds a ballot to the count, or removes it, in place. Empty choices mean no ballot. */
export function countAnonymously(poll: Poll, counted: AnonymousCount, choices: Choices, change: 1 | -1): void {
  addAll(counted.votes, votesOn(poll, choices), change)
  addAll(counted.maybes, maybesOn(poll, choices), change)
  if (counted.rankingCounts) addRanking(counted.rankingCounts, choices, change)
}

function addAll(sums: Map<string, number>, given: ReadonlyMap<string, number>, change: 1 | -1): void {
  for (const [optionId, votes] of given) sums.set(optionId, (sums.get(optionId) ?? 0) + change * votes)
}
