import type { Refusal } from '../../../errors.ts'
import { namesOption } from '../../model/choices/choices.ts'
import type { CommandOf } from '../../model/commands.ts'
import { dated, problemWithDates, shownTitle } from '../../model/dates.ts'
import { isolated } from '../../model/direction.ts'
import { listed } from '../../model/phrases.ts'
import type { Choices, Poll, PollOption, PollState } from '../../model/poll.ts'
import { areBallots } from '../apply-vote.ts'
import { type Decision, refuse, refuseClosed } from '../permissions.ts'
import { problemWithTitle } from '../proposals.ts'

/** Once people have voted, the creator has to confirm a new title, and the voters see the former one. */
export function renameOption(state: PollState, command: CommandOf<'renameOption'>): Decision {
  const { poll } = state
  if (poll.status === 'closed') return refuseClosed(poll, 'changes of options')
  const option = poll.options.find(({ id }) => id === command.optionId)
  if (!option) return refuse(poll, 'unknown_option', 'That is not an option of this poll.')
  const to = poll.method === 'dates' ? dated(command)?.title : command.title
  if (to === undefined) return refuse(poll, 'invalid_input', problemWithDates(command.title), 'title')
  if (to === option.title) return []
  if (renamedSince(poll, command.shownRevision).includes(option)) {
    const message = `It was renamed meanwhile, and is “${isolated(shownTitle(poll, option.title))}” now. Save again to give it your name.`
    return refuse(poll, 'revision_mismatch', message, 'title')
  }
  const problem = problemWithTitle(poll, { id: option.id, title: to })
  if (problem) return problem
  if (areBallots(state) && !command.isConfirmed) {
    const people = poll.totalVotes <= 1 ? 'One person has' : `${poll.totalVotes.toLocaleString('en')} people have`
    const message = `${people} voted. Confirm that you want to rename the option: they will see its former name.`
    return refuse(poll, 'unconfirmed', message, 'isConfirmed')
  }
  return [{ type: 'option_renamed', optionId: option.id, from: option.title, to }]
}

/** The options that were renamed after this revision; none if it is unknown. */
export function renamedSince({ options }: Poll, shownRevision = Number.POSITIVE_INFINITY): PollOption[] {
  return options.filter(({ renamedAtRevision }) => (renamedAtRevision ?? 0) > shownRevision)
}

/**
 * A vote counts for the titles that the voter saw. If the poll or a chosen option has another title since, the voter has
 * to vote again.
 *
 * @param choices what the voter has just chosen; empty for a withdrawal, which is never refused
 */
export function refusalOfRenamed(poll: Poll, choices: Choices, shownRevision: number | undefined): Refusal | undefined {
  if (choices.length === 0) return undefined
  if (poll.titleRevision > (shownRevision ?? Number.POSITIVE_INFINITY)) {
    const what = `The question was changed meanwhile: it is “${isolated(poll.title)}” now.`
    return refuse(poll, 'title_changed', `${what} ${notCounted}`)
  }
  const renamed = renamedSince(poll, shownRevision).filter(({ id }) => namesOption(choices, id))
  if (renamed.length === 0) return undefined
  const titles = listed.format(renamed.map(({ title }) => `“${isolated(shownTitle(poll, title))}”`))
  const what =
    renamed.length === 1 ? 'An option was renamed meanwhile: it is' : 'Options were renamed meanwhile: they are'
  return refuse(poll, 'option_renamed', `${what} ${titles} now. ${notCounted}`, 'choices')
}

const notCounted = 'Your vote was not counted. Check it, and vote again.'
