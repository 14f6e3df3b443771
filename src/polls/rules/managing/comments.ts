import { Refusal } from '../../../errors.ts'
import type { CommandOf } from '../../model/commands.ts'
import type { Poll, PollState, StoredComment } from '../../model/poll.ts'
import { type Decision, isCreator, refuse } from '../permissions.ts'

type Author = { id: string } | undefined

/** Whether this person may change the text of a comment: only its author. */
export function mayEditComment(authorId: string, person: Author): boolean {
  return person?.id === authorId
}

/** Whether this person may delete a comment: its author, and the creator of the poll. */
export function mayDeleteComment(poll: Pick<Poll, 'createdBy'>, authorId: string, person: Author): boolean {
  return mayEditComment(authorId, person) || isCreator(poll, person)
}

export function editComment(state: PollState, { by, comment, body, from }: CommandOf<'editComment'>): Decision {
  const { poll } = state
  const found = commentIn(state, comment)
  if (found instanceof Refusal) return found
  if (!mayEditComment(found.authorId, by)) return refuse(poll, 'forbidden', 'Only its author can edit a comment.')
  return found.body === body ? [] : [{ type: 'comment_edited', comment, body, ...(from && { from }) }]
}

export function deleteComment(state: PollState, { by, comment, from }: CommandOf<'deleteComment'>): Decision {
  const { poll } = state
  const found = commentIn(state, comment)
  if (found instanceof Refusal) return found
  if (mayDeleteComment(poll, found.authorId, by)) return [{ type: 'comment_deleted', comment, ...(from && { from }) }]
  return refuse(poll, 'forbidden', 'Only its author and the creator of this poll can delete a comment.')
}

function commentIn({ poll, comments }: PollState, revision: number): StoredComment | Refusal {
  if (!comments) throw new RangeError(`The comments of poll ${poll.id} must be loaded to change one.`)
  return comments.get(revision) ?? refuse(poll, 'not_found', 'There is no such comment, or it was deleted.')
}
