import type { Refusal } from '../../../errors.ts'
import { namesOption } from '../../model/choices/choices.ts'
import type { CommandOf } from '../../model/commands.ts'
import type { GuestBallot } from '../../model/events.ts'
import { limits } from '../../model/limits.ts'
import type { Ballot, Poll, PollState } from '../../model/poll.ts'
import { unlessEmpty } from '../editing/eligibility-change.ts'
import { type Decision, refuse, refuseClosed } from '../permissions.ts'
import { areResultsHidden } from '../visibility.ts'

/** Once people have voted for it, the creator has to confirm. Their ballots lose the option, and their page says so. */
export function removeOption(state: PollState, { optionId, isConfirmed }: CommandOf<'removeOption'>): Decision {
  const { poll, ballots } = state
  const option = poll.options.find(({ id }) => id === optionId)
  if (!option) return refuse(poll, 'unknown_option', 'This option is not in the poll any more.')
  const refusal = refusalToRemove(poll)
  if (refusal) return refusal
  const named = [...ballots].filter(([, { choices }]) => namesOption(choices, optionId))
  const { max } = limits.ballotsToChange
  if (named.length > max) {
    const message = `More than ${max.toLocaleString('en')} people voted for this option, so it is too late to remove it.`
    return refuse(poll, 'poll_has_votes', message)
  }
  if (named.length > 0 && !isConfirmed)
    return refuse(poll, 'unconfirmed', askToRemove(poll, named.length), 'isConfirmed')
  const changes = {
    ...unlessEmpty('changed', ballotsOf(named, true)),
    ...unlessEmpty('changedAside', ballotsOf(named, false)),
  }
  return [{ type: 'option_removed', option: { id: option.id, title: option.title }, ...changes }]
}

function ballotsOf(named: readonly (readonly [string, Ballot])[], counted: boolean): GuestBallot[] {
  return named.flatMap(([personId, ballot]) =>
    ballot.counted === counted ? { personId, choices: ballot.choices } : [],
  )
}

/** Why no option can be removed now; undefined if one can. */
export function refusalToRemove(poll: Poll): Refusal | undefined {
  if (poll.status === 'closed') return refuseClosed(poll, 'changes of options')
  if (poll.options.length <= limits.options.min) {
    const message = `A poll needs at least ${limits.options.min} options. Add another one before you remove this one.`
    return refuse(poll, 'too_few_options', message)
  }
  if (poll.totalVotes === 0) return undefined
  if (poll.anonymous) return refuse(poll, 'poll_has_votes', secret)
  return areResultsHidden(poll) ? refuse(poll, 'poll_has_votes', hidden) : undefined
}

/** What removing does to the ballots that name the option, as a question to the creator. */
export function askToRemove({ method }: Poll, count: number): string {
  const people = count === 1 ? 'One person' : `${count.toLocaleString('en')} people`
  const who = count === 1 ? 'This vote' : 'These votes'
  const effect = method === 'single_choice' ? `${who} will no longer count` : 'It disappears from their votes'
  return `${people} voted for this option. ${effect}, and the page tells them. You cannot undo this.`
}

const secret =
  'People have voted, and nobody can tell who voted for this option. To ask without it, close this poll and create a new one.'
const hidden =
  'The results are hidden, and removing an option would show who voted for it. To ask without it, close this poll and create a new one.'
