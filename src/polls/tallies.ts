import { maybesOn, votesOn } from './methods/counting-method.ts'
import type { Choices, PollState, Profile } from './types.ts'

/** What a ballot's change does to the counts, in place. An empty list of choices stands for no ballot. */
export function count({ poll, profile }: PollState, from: Choices, to: Choices): void {
  const [before, after] = [votesOn(poll, from), votesOn(poll, to)]
  const [maybesBefore, maybesAfter] = [maybesOn(poll, from), maybesOn(poll, to)]
  for (const option of poll.options) {
    option.votes += (after.get(option.id) ?? 0) - (before.get(option.id) ?? 0)
    option.maybes += (maybesAfter.get(option.id) ?? 0) - (maybesBefore.get(option.id) ?? 0)
  }
  poll.totalVotes += Math.sign(to.length) - Math.sign(from.length)
  if (!profile) return
  note(profile, from, -1)
  note(profile, to, 1)
}

function note(profile: Profile, choices: Choices, ballots: 1 | -1): void {
  if (choices.length === 0) return
  const ranking = choices.join(' ')
  const left = (profile.get(ranking) ?? 0) + ballots
  if (left > 0) profile.set(ranking, left)
  else profile.delete(ranking)
}
