import type { Choices, Outcome, PollOption } from '../types.ts'

/** What is wrong with these choices as a single-choice ballot, or null. Whether the options exist is asked elsewhere. */
export function problemWithChoices(choices: Choices): string | null {
  return choices.length === 1 ? null : 'Choose exactly one option.'
}

/** Plurality: most votes wins, and options with equally many are all named as tied; no tie is broken. */
export function outcome(options: readonly PollOption[]): Outcome {
  const votes = Math.max(0, ...options.map((option) => option.votes))
  if (votes === 0) return { kind: 'no_votes', options: [], votes: 0 }
  const leaders = options.filter((option) => option.votes === votes).map((option) => option.id)
  return { kind: leaders.length === 1 ? 'winner' : 'tie', options: leaders, votes }
}
