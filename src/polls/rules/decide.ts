import { Refusal } from '../../errors.ts'
import type { Command, CommandOf } from '../model/commands.ts'
import type { PollState } from '../model/poll.ts'
import { areBallots } from './apply-vote.ts'
import { areBallotsOpened, closing } from './closing.ts'
import { create } from './creation.ts'
import { edit } from './editing/editing.ts'
import { changeVoterList } from './editing/eligibility-change.ts'
import { deleteComment, editComment } from './managing/comments.ts'
import { remind, remindOnTime } from './managing/reminding.ts'
import { removeOption } from './managing/removing.ts'
import { renameOption } from './managing/renaming.ts'
import { restoreVote, setVoteAside } from './managing/setting-aside.ts'
import { settle } from './managing/settling.ts'
import { type Decision, isCreator, refuse } from './permissions.ts'
import { addOption, addOptions, approveProposal, dismissProposal } from './proposals.ts'
import { castVote, chooseOption, countVote, mergeGuest, withdrawVote } from './voting.ts'

/**
 * The rules of a poll: the events that follow from a command, none if it changes nothing, or a refusal. Pure. The caller
 * closes a poll whose closing time has passed (`closingOnTime`) before it decides a command. It numbers the events and
 * applies them (`apply`) before it decides the next one.
 *
 * @param state undefined if the poll does not exist
 */
export function decide(state: PollState | undefined, command: Command, now: Date): Decision {
  if (command.type === 'create')
    return state ? refuse(state.poll, 'forbidden', 'There is such a poll already.') : create(command, now)
  if (!state) return new Refusal('not_found', 'There is no such poll.')
  const { poll } = state
  if (poll.deletedAt) return refuse(poll, 'gone', 'This poll was deleted.')
  if (command.ifRevision !== undefined && command.ifRevision !== poll.revision) {
    return refuse(poll, 'revision_mismatch', `The poll has moved on to revision ${poll.revision}.`)
  }
  return rules[command.type](state, command as never, now)
}

const rules = {
  castVote: (state: PollState, command: CommandOf<'castVote'>): Decision => castVote(state, command),
  chooseOption,
  withdrawVote,
  addOption,
  addOptions,
  approveProposal: onlyCreator('approve options of', approveProposal),
  dismissProposal,
  renameOption: onlyCreator('rename options of', renameOption),
  removeOption: onlyCreator('remove options of', removeOption),
  setVoteAside: onlyCreator('set votes aside in', setVoteAside),
  restoreVote: onlyCreator('count votes again in', restoreVote),
  comment: (_state: PollState, { body, from }: CommandOf<'comment'>): Decision => [
    { type: 'commented', body, ...(from && { from }) },
  ],
  editComment,
  deleteComment,
  edit: onlyCreator('edit', edit),
  changeVoterList: onlyCreator('change the voter list of', changeVoterList),
  close: onlyCreator('close', close),
  settle: onlyCreator('settle on a date of', settle),
  remind: onlyCreator('remind voters of', remind),
  remindOnTime,
  reopen: onlyCreator('reopen', reopen),
  archive: onlyCreator('archive', archive),
  unarchive: onlyCreator('restore', ({ poll }) => (poll.archivedAt ? [{ type: 'unarchived' }] : [])),
  delete: onlyCreator('delete', remove),
  mergeGuest,
  countVote,
  // The ballot box has closed the poll before this, see `closingOnTime`.
  closeOnTime: (): Decision => [],
}

function close(state: PollState): Decision {
  return state.poll.status === 'closed' ? [] : [closing(state)]
}

function reopen({ poll }: PollState): Decision {
  if (poll.status === 'open') return []
  if (!areBallotsOpened(poll)) return [{ type: 'reopened' }]
  const message =
    'Its ballots have been published, among which those that came later would stand out. Ask in a new poll.'
  return refuse(poll, 'ballots_published', message)
}

function archive({ poll }: PollState): Decision {
  if (poll.status === 'open') return refuse(poll, 'poll_open', 'Close the poll before you archive it.')
  return poll.archivedAt ? [] : [{ type: 'archived' }]
}

/** A vote that was set aside, or whose only option was removed, is a vote: its voter was told why it does not count. */
function remove(state: PollState): Decision {
  if (!areBallots(state)) return [{ type: 'deleted' }]
  return refuse(
    state.poll,
    'poll_has_votes',
    'People voted in this poll, so it cannot be deleted. Close and archive it instead.',
  )
}

function onlyCreator<C extends Command>(verb: string, rule: (state: PollState, command: C, now: Date) => Decision) {
  return (state: PollState, command: C, now: Date): Decision => {
    const { poll } = state
    if (isCreator(poll, command.by)) return rule(state, command, now)
    return refuse(poll, 'forbidden', `Only the creator of this poll can ${verb} it.`)
  }
}
