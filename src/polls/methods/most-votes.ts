import type { Outcome, PollOption } from '../types.ts'

/**
 * Most votes wins, and options with equally many are all named as tied; no tie is broken.
 *
 * @param ballots how many there are, of which all may give nothing but zeros
 */
export function mostVotes(options: readonly PollOption[], ballots: number): Outcome {
  const votes = Math.max(0, ...options.map((option) => option.votes))
  if (ballots === 0) return { kind: 'no_votes', options: [], votes: 0 }
  const leaders = options.filter((option) => option.votes === votes).map((option) => option.id)
  return { kind: leaders.length === 1 ? 'winner' : 'tie', options: leaders, votes }
}
