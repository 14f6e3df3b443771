import { type InputProblem, Refusal, type RefusalCode } from '../../errors.ts'
import type { PersonName } from '../../people/model/person-name.ts'
import type { CommandOf } from '../model/commands.ts'
import { dated, problemWithDates, shownTitle } from '../model/dates.ts'
import { isolated } from '../model/direction.ts'
import type { EventFacts } from '../model/events.ts'
import { optionKey } from '../model/keys.ts'
import { limits } from '../model/limits.ts'
import type { NewOption, Poll, PollState } from '../model/poll.ts'
import { type Decision, isCreator, refuse, refuseClosed } from './permissions.ts'

/** An option that somebody else adds may be a proposal until the creator approves it. */
export function addOption({ poll }: PollState, { by, option: asked }: CommandOf<'addOption'>): Decision {
  const refusal = refusalToAdd(poll, by)
  if (refusal) return refusal
  const option = optionToAdd(poll, asked)
  if (option instanceof Refusal) return option
  if (freePlaces(poll) < 1) {
    return refuse(poll, 'too_many_options', `A poll holds at most ${limits.options.max} options.`, 'title')
  }
  return [added(poll, by, option)]
}

/** Adds all options or none. The refusal names each wrong one by its index, as in `options.2`. */
export function addOptions({ poll }: PollState, { by, options: asked }: CommandOf<'addOptions'>): Decision {
  const refusal = refusalToAdd(poll, by)
  if (refusal) return refusal
  if (freePlaces(poll) < asked.length) {
    const fit = `${freePlaces(poll)} more fit, and these are ${asked.length}`
    const message = `A poll holds at most ${limits.options.max} options: ${fit}. None was added.`
    return refuse(poll, 'too_many_options', message, 'options')
  }
  const events: EventFacts[] = []
  const above = new Map<string, NewOption>()
  const problems: (InputProblem & { code: RefusalCode })[] = []
  for (const [index, one] of asked.entries()) {
    const option = optionToAdd(poll, one, above)
    if (option instanceof Refusal) {
      problems.push({ path: `options.${index}`, message: option.message, code: option.code })
    } else {
      events.push(added(poll, by, option))
      above.set(optionKey(option.title), option)
    }
  }
  const [first] = problems
  if (!first) return events
  return new Refusal(first.code, `None was added. ${first.message}`, { revision: poll.revision, problems })
}

function refusalToAdd(poll: Poll, by: PersonName): Refusal | undefined {
  if (poll.status === 'closed') return refuseClosed(poll, 'options')
  if (areOptionsSettled(poll)) return refuseSettled(poll)
  if (poll.optionsOpen || isCreator(poll, by)) return undefined
  return refuse(poll, 'options_locked', 'Only its creator can add options to this poll.', 'title')
}

/** @param above options of the same command, by their keys */
function optionToAdd(poll: Poll, asked: NewOption, above?: ReadonlyMap<string, NewOption>): NewOption | Refusal {
  const option = poll.method === 'dates' ? dated(asked) : asked
  if (!option) return refuse(poll, 'invalid_input', problemWithDates(asked.title), 'title')
  const same = above?.get(optionKey(option.title))
  if (!same) return problemWithTitle(poll, option) ?? option
  return refuse(
    poll,
    'option_exists',
    `This is the same as “${isolated(shownTitle(poll, same.title))}” above.`,
    'title',
  )
}

function freePlaces({ options, proposals }: Poll): number {
  return limits.options.max - options.length - proposals.length
}

function added(poll: Poll, by: PersonName, option: NewOption): EventFacts {
  const isProposal = poll.optionsModerated && !isCreator(poll, by)
  return { type: isProposal ? 'option_proposed' : 'option_added', option }
}

/** A refusal if another option or proposal has the same title. */
export function problemWithTitle(poll: Poll, { id, title }: NewOption): Refusal | undefined {
  const isAlike = (one: NewOption) => one.id !== id && optionKey(one.title) === optionKey(title)
  const option = poll.options.find(isAlike)
  const alike = option ?? poll.proposals.find(isAlike)
  if (!alike) return undefined
  const what = option ? 'This option exists already' : 'Somebody has proposed this already'
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
  if (!isCreator(poll, by) && by.id !== proposal.proposedById) {
    return refuse(poll, 'forbidden', 'Only the creator of this poll, or who proposed it, can dismiss it.')
  }
  return [{ type: 'proposal_dismissed', option: optionOf(proposal) }]
}

/** In an anonymous poll, a vote for an option that was added later would show when it was cast. */
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
