import type { Choices, Outcome, PollOption } from '../model/poll.ts'

/**
 * Most votes wins, and options with equally many are all named as tied; no tie is broken. Without a vote, nothing leads.
 *
 * @param ballots how many there are; all of them may give nothing but zeros
 */
export function mostVotes(options: readonly PollOption[], ballots: number): Outcome {
  if (ballots === 0) return { kind: 'no_votes', options: [], votes: 0 }
  const votes = Math.max(0, ...options.map((option) => option.votes))
  if (votes === 0) return { kind: 'no_support', options: [], votes: 0 }
  const leaders = options.filter((option) => option.votes === votes).map((option) => option.id)
  return { kind: leaders.length === 1 ? 'winner' : 'tie', options: leaders, votes }
}

/** A vote for each option that is named. */
export function oneEach(choices: Choices): ReadonlyMap<string, number> {
  return new Map(choices.map((id) => [id, 1]))
}
