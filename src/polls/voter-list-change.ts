import type { CommandOf, Decision } from './decide.ts'
import { limits } from './limits.ts'
import { refuse } from './refuse.ts'
import { changedRoll, rollKey, votersLeftOut, wantedVoters } from './roll.ts'
import type { Poll, PollState } from './types.ts'

/**
 * The creator corrects who may vote. The vote of somebody who is no longer on the list does not count any more, even
 * where votes are final: the log says so. In an anonymous poll nobody knows which ballot that is, and a refusal only for
 * people who have voted would tell who has: so once anybody has voted there, nobody is taken off the list.
 */
export function changeVoterList(state: PollState, command: CommandOf<'changeVoterList'>): Decision {
  const { poll, roll, ballots } = state
  if (poll.status === 'closed')
    return refuse(poll, 'poll_closed', 'This poll is closed. Reopen it before you change its voter list.', 'roll')
  if (!poll.hasRoll)
    return refuse(poll, 'invalid_input', 'This poll was created without a voter list: everybody can vote.', 'roll')
  if (!roll) throw new RangeError(`The roll of poll ${poll.id} has to be known to change it.`)
  const voters = wantedVoters(roll, command)
  const problem = problemWithNumber(poll, voters.length)
  if (problem) return refuse(poll, 'invalid_input', problem, 'roll')
  const keys = new Set(voters.map(rollKey))
  if (poll.anonymous && poll.totalVotes > 0 && roll.entries.some(({ name }) => !keys.has(rollKey(name))))
    return refuse(poll, 'poll_has_votes', nobodyLeaves, 'roll')
  const before = roll.entries.map(({ name }) => name)
  if (before.join('\n') === voters.join('\n')) return []
  const uncounted = votersLeftOut(roll, changedRoll(roll, voters)).flatMap((personId) => {
    const choices = ballots.get(personId)?.choices
    return choices ? { personId, choices } : []
  })
  const more = uncounted.length > 0 ? { uncounted } : {}
  return [{ type: 'voter_list_changed', voters: { from: before.length, to: voters.length }, ...more }]
}

const nobodyLeaves =
  'People have voted, and nobody can tell whose ballot is whose. You can add people to the list, but not take any off.'

function problemWithNumber({ anonymous, quorum }: Poll, voters: number): string | undefined {
  const least = anonymous ? limits.anonymousVoters.min : 1
  if (voters < least)
    return anonymous ? `An anonymous poll needs at least ${least} people on its list.` : 'Name at least one person.'
  if (quorum !== null && voters < quorum) return `The quorum is ${quorum} people, so the list needs at least ${quorum}.`
  const { max } = limits.roll
  if (voters > max)
    return `The list was changed meanwhile: together with yours it has ${voters} people, and at most ${max} can be named.`
  return undefined
}
