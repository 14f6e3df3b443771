import { pollPath } from '../../../polls/model/ids.ts'
import type { Poll } from '../../../polls/model/poll.ts'
import type { PollMethod } from '../../../polls/model/poll-rules.ts'
import { creatorSteps } from '../../../polls/rules/permissions.ts'
import { plain } from '../../html.ts'
import { type ActionGoal, actionPath } from '../action-request.ts'

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
const maxCreatorLength = 30
/**
 * More options than this are only on the poll's page. In a multiple choice, each option also has a button to withdraw
 * it, if that makes no more buttons than this.
 */
const maxOptions = 20

/** Points, dates and rankings need more than a click, so people give them in the browser. */
const answeredInBrowser: PollMethod[] = ['score', 'dates', 'ranked']

/**
 * Whether people vote with buttons of the thread. Not in an anonymous poll: Flowdock would know each ballot, and a thread
 * cannot show a receipt. Not where votes are final: one wrong press could not be undone.
 */
export function hasVoteButtons({ anonymous, method, votesFinal }: Poll): boolean {
  return !anonymous && !votesFinal && !answeredInBrowser.includes(method)
}

/** The buttons of a thread. They are the same for everybody: Flowdock has one set per thread. */
export function actionsOf(poll: Poll, movedAway: boolean, publicUrl: URL): Action[] {
  if (poll.deletedAt) return []
  const url = new URL(pollPath(poll), publicUrl).href
  const link = (name: string, fragment = ''): Action => ({ '@type': 'ViewAction', name, url: `${url}${fragment}` })
  const view = link('Open in Polldock')
  if (movedAway || poll.archivedAt) return [view]
  const update = (name: string, goal: ActionGoal): Action => {
    const urlTemplate = new URL(actionPath({ pollId: poll.id, goal, offeredAtRevision: poll.revision }), publicUrl).href
    return { '@type': 'UpdateAction', name, target: { '@type': 'EntryPoint', urlTemplate, httpMethod: 'POST' } }
  }
  const byCreator = (what: string) => `${what} (${plain(poll.createdBy.name, maxCreatorLength)} only)`
  if (poll.status === 'closed')
    return creatorSteps(poll).includes('reopen') ? [update(byCreator('Reopen poll'), { kind: 'open' }), view] : [view]
  // Closing an anonymous poll publishes its ballots for good, so the page asks once more.
  if (poll.anonymous) return [link('Vote anonymously in Polldock'), link(byCreator('Close poll'), '#creator')]
  const close = update(byCreator('Close poll'), { kind: 'closed' })
  const withdrawal = poll.votesFinal ? [] : [update('Withdraw my vote', { kind: 'no-ballot' })]
  if (!hasVoteButtons(poll))
    return [link(poll.votesFinal ? 'Vote in Polldock (final)' : 'Answer in Polldock'), ...withdrawal, close]
  return [...voteButtons(poll, update), ...withdrawal, close, view]
}

function voteButtons(poll: Poll, update: (name: string, goal: ActionGoal) => Action): Action[] {
  const { method, options } = poll
  const canWithdraw = method === 'multiple_choice' && options.length <= maxOptions / 2
  return options.slice(0, maxOptions).flatMap(({ id: optionId, title }) => {
    const name = plain(title, maxNameLength)
    const on = update(`Vote: ${name}`, { kind: 'ballot', optionId })
    return canWithdraw ? [on, update(`Withdraw: ${name}`, { kind: 'off-ballot', optionId })] : [on]
  })
}
