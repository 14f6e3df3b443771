import type { Refusal } from '../errors.ts'
import { dated, problemWithDates } from './date-option.ts'
import type { CommandOf, Decision } from './decide.ts'
import { isolated } from './direction.ts'
import { limits } from './limits.ts'
import { optionKey } from './option-key.ts'
import { shownTitle } from './option-title.ts'
import { refuse, refuseClosed } from './refuse.ts'
import type { NewOption, Poll, PollState } from './types.ts'

/** What others add may have to be approved first. */
export function addOption({ poll }: PollState, { by, option: asked }: CommandOf<'addOption'>): Decision {
  if (poll.status === 'closed') return refuseClosed(poll, 'options')
  if (areOptionsSettled(poll)) return refuseSettled(poll)
  const isCreator = by.id === poll.createdBy.id
  if (!poll.optionsOpen && !isCreator) {
    return refuse(
      poll,
      'options_locked',
      `Only ${isolated(poll.createdBy.name)} can add options to this poll.`,
      'title',
    )
  }
  const option = poll.method === 'dates' ? dated(asked) : asked
  if (!option) return refuse(poll, 'invalid_input', problemWithDates(asked.title), 'title')
  const problem = problemWithTitle(poll, option)
  if (problem) return problem
  if (poll.options.length + poll.proposals.length >= limits.options.max) {
    return refuse(poll, 'too_many_options', `A poll holds at most ${limits.options.max} options.`, 'title')
  }
  return [{ type: poll.optionsModerated && !isCreator ? 'option_proposed' : 'option_added', option }]
}

/** What is wrong with an option that is called like another one, which may still be proposed. */
export function problemWithTitle(poll: Poll, { id, title }: NewOption): Refusal | undefined {
  const isAlike = (one: NewOption) => one.id !== id && optionKey(one.title) === optionKey(title)
  const option = poll.options.find(isAlike)
  const alike = option ?? poll.proposals.find(isAlike)
  if (!alike) return undefined
  const what = option ? 'There is such an option already' : 'Somebody has proposed this already'
  return refuse(poll, 'option_exists', `${what}: “${isolated(shownTitle(poll, alike.title))}”.`, 'title')
}

export function approveProposal({ poll }: PollState, { optionId }: CommandOf<'approveProposal'>): Decision {
  if (poll.status === 'closed') return refuseClosed(poll, 'options')
  if (poll.options.some(({ id }) => id === optionId)) return []
  if (areOptionsSettled(poll)) return refuseSettled(poll)
  const proposal = poll.proposals.find(({ id }) => id === optionId)
  if (!proposal) return refuseUnknown(poll)
  return [{ type: 'proposal_approved', option: optionOf(proposal) }]
}

export function dismissProposal({ poll }: PollState, { by, optionId }: CommandOf<'dismissProposal'>): Decision {
  const proposal = poll.proposals.find(({ id }) => id === optionId)
  if (!proposal) return refuseUnknown(poll)
  if (by.id !== poll.createdBy.id && by.id !== proposal.proposedById) {
    return refuse(poll, 'forbidden', `Only ${isolated(poll.createdBy.name)}, or who proposed it, can dismiss it.`)
  }
  return [{ type: 'proposal_dismissed', option: optionOf(proposal) }]
}

/** A secret ballot would tell by the options that it says something of when it was cast. */
export function areOptionsSettled({ anonymous, totalVotes }: Poll): boolean {
  return anonymous && totalVotes > 0
}

function refuseSettled(poll: Poll): Refusal {
  const message =
    'Secret votes have been cast, so no more options can be added: they would tell which ballots came later.'
  return refuse(poll, 'poll_has_votes', message, 'title')
}

function optionOf({ id, title }: NewOption): NewOption {
  return { id, title }
}

function refuseUnknown(poll: Poll): Decision {
  return refuse(poll, 'unknown_option', 'That is not proposed in this poll, or not any more.')
}
