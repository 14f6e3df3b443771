import type { Choices, Outcome, PollOption } from '../model/poll.ts'

/**
 * The option with the most votes wins. Options with equally many are tied; no tie is broken.
 *
 * @param ballots how many there are; in a poll of points, all of them may give only zeros
 */
export function mostVotes(options: readonly PollOption[], ballots: number): Outcome {
  if (ballots === 0) return { kind: 'no_votes', options: [], votes: 0 }
  const votes = Math.max(0, ...options.map((option) => option.votes))
  if (votes === 0) return { kind: 'no_support', options: [], votes: 0 }
  const leaders = options.filter((option) => option.votes === votes).map((option) => option.id)
  return { kind: leaders.length === 1 ? 'winner' : 'tie', options: leaders, votes }
}

/** One vote for each chosen option. */
export function oneEach(choices: Choices): ReadonlyMap<string, number> {
  return new Map(choices.map(({ optionId }) => [optionId, 1]))
}
