import { pollPath } from '../../../polls/model/ids.ts'
import type { Poll } from '../../../polls/model/poll.ts'
import { creatorSteps } from '../../../polls/rules/permissions.ts'
import { type ActionGoal, actionPath } from '../action-request.ts'
import { plain } from '../html.ts'

type ViewAction = { '@type': 'ViewAction'; name: string; url: string }
type UpdateAction = {
  '@type': 'UpdateAction'
  name: string
  target: { '@type': 'EntryPoint'; urlTemplate: string; httpMethod: 'POST' }
}

/**
 * A button of a thread.
 *
 * @see https://github.com/flowdock/api-docs/blob/master/docs/thread-actions.md
 */
export type Action = ViewAction | UpdateAction

/** In UTF-16 code units. */
const maxNameLength = 80
/**
 * More options than this are only on the poll's page. In a multiple choice, each option also has a button to withdraw
 * it, if that makes no more buttons than this.
 */
const maxOptions = 20

/** The buttons of a thread. They are the same for everybody: Flowdock has one set per thread. */
export function actionsOf(poll: Poll, movedAway: boolean, publicUrl: URL): Action[] {
  if (poll.deletedAt) return []
  const view: Action = { '@type': 'ViewAction', name: 'Open in Polldock', url: new URL(pollPath(poll), publicUrl).href }
  if (movedAway || poll.archivedAt) return [view]
  const update = (name: string, goal: ActionGoal): Action => {
    const urlTemplate = new URL(actionPath({ pollId: poll.id, goal, offeredAtRevision: poll.revision }), publicUrl).href
    return { '@type': 'UpdateAction', name, target: { '@type': 'EntryPoint', urlTemplate, httpMethod: 'POST' } }
  }
  const steps = creatorSteps(poll)
  if (poll.status === 'closed')
    return steps.includes('reopen') ? [update('Reopen poll', { kind: 'open' }), view] : [view]
  const close = update('Close poll', { kind: 'closed' })
  // No buttons to vote in an anonymous poll: Flowdock would know each ballot, and a thread cannot show a receipt.
  if (poll.anonymous) return [close, { ...view, name: 'Vote anonymously in Polldock' }]
  const isRanked = poll.method === 'ranked'
  // Points and dates need more than a click, so people give them in the browser.
  const options = poll.method === 'score' || poll.method === 'dates' ? [] : poll.options.slice(0, maxOptions)
  const hasWithdrawButtons =
    poll.method === 'multiple_choice' && !poll.votesFinal && poll.options.length <= maxOptions / 2
  const votes = options.flatMap(({ id: optionId, title }) => {
    const name = plain(title, maxNameLength)
    const on = update(`${isRanked ? 'Rank next' : 'Vote'}: ${name}`, { kind: 'ballot', optionId })
    return hasWithdrawButtons ? [on, update(`Withdraw: ${name}`, { kind: 'off-ballot', optionId })] : [on]
  })
  const removal = update(isRanked ? 'Start my ranking again' : 'Withdraw my vote', { kind: 'no-ballot' })
  const others = [...(poll.votesFinal ? [] : [removal]), close]
  return [...votes, ...others, view]
}
