import { type Refusal, type RefusalCode, refusals } from '../../../errors.ts'
import type { CommandResult } from '../../../polls/ballot-box/batch.ts'
import { chosen, optionIdsOf } from '../../../polls/model/choices/choices.ts'
import { isolated } from '../../../polls/model/direction.ts'
import { listed } from '../../../polls/model/phrases.ts'
import type { Choices, Poll } from '../../../polls/model/poll.ts'
import { plain } from '../../html.ts'
import type { ActionRequest } from '../action-request.ts'

/**
 * The result of an action: an HTTP status and a sentence for the person. `isStale` when the poll as it is now has no
 * such button; `code` when it was refused.
 */
export type Result = { status: number; text: string; isStale: boolean; code?: RefusalCode }

const maxTitleLength = 80

export function done(actionRequest: ActionRequest, given: CommandResult): Result {
  const isStale =
    given.events.length === 0 && isLifecycle(actionRequest) && actionRequest.offeredAtRevision < given.poll.revision
  return { status: 200, text: whatIsDone(actionRequest, given), isStale }
}

export function refused({ offeredAtRevision }: ActionRequest, { code, message, revision = 0 }: Refusal): Result {
  const isStale = outdating.includes(code) && offeredAtRevision < revision
  const text = code === 'unknown_option' ? 'This poll has no such option any more.' : message
  return {
    status: code === 'unknown_option' ? 410 : refusals[code].status,
    text: isStale ? `${text} Its thread is being brought up to date.` : text,
    isStale,
    code,
  }
}

/** Refusals that were not possible when the button was posted. */
const outdating: RefusalCode[] = [
  'poll_closed',
  'unknown_option',
  'option_renamed',
  'title_changed',
  'rules_changed',
  'gone',
]

function isLifecycle({ goal }: ActionRequest): boolean {
  return goal.kind === 'closed' || goal.kind === 'open'
}

function whatIsDone({ goal }: ActionRequest, { poll, events, choices }: CommandResult): string {
  const facts = events[0]?.facts
  const removed = facts?.type === 'vote_withdrawn' && whatIsRemoved(poll, facts.from)
  switch (goal.kind) {
    case 'ballot':
      if (poll.method === 'ranked') return `Your ranking is ${titles(poll, choices)}.`
      if (facts?.type !== 'vote_changed') return `You voted for ${titles(poll, choices)}.`
      return poll.method === 'single_choice'
        ? `You changed your vote from ${titles(poll, facts.from)} to ${titles(poll, facts.to)}.`
        : `Your vote is now ${titles(poll, choices)}.`
    case 'off-ballot':
      if (facts?.type === 'vote_changed') return `Your vote is now ${titles(poll, choices)}.`
      return removed || `You have no vote for ${titles(poll, chosen([goal.optionId]))}.`
    case 'no-ballot':
      return removed || 'You have no vote in this poll.'
    case 'closed':
      return facts ? 'You closed the poll.' : 'The poll is closed already.'
    case 'open':
      return facts ? 'You reopened the poll.' : 'The poll is open already.'
  }
}

function whatIsRemoved(poll: Poll, from: Choices): string {
  if (poll.method === 'ranked') return 'Your ranking is withdrawn.'
  if (poll.method === 'score') return 'Your points are withdrawn.'
  if (poll.method === 'dates') return 'Your answer is withdrawn.'
  return `Your vote for ${titles(poll, from)} is withdrawn.`
}

function titles({ options }: Poll, choices: Choices): string {
  return listed.format(
    optionIdsOf(choices).map((id) =>
      isolated(plain(options.find((option) => option.id === id)?.title ?? 'an option', maxTitleLength)),
    ),
  )
}
