import { Refusal } from '../../../errors.ts'
import type { CommandOf, EditedFields } from '../../model/commands.ts'
import type { EventFacts } from '../../model/events.ts'
import type { Poll, PollState } from '../../model/poll.ts'
import { type EditableRules, editableRules } from '../../model/poll-rules.ts'
import { areBallots } from '../apply-vote.ts'
import { closingTimeChange, zoneChange } from '../closing-time.ts'
import { type Decision, refuse } from '../permissions.ts'
import { votersChange } from './eligibility-change.ts'
import { changed, changedRules, refusalOfRules } from './rule-changes.ts'

type EditCommand = CommandOf<'edit'>
type EditedEvent = Extract<EventFacts, { type: 'edited' }>

/** The creator edits the poll's texts, times and rules. */
export function edit(state: PollState, command: EditCommand, now: Date): Decision {
  const { poll } = state
  const refusal =
    refusalOfConflict(poll, command) ?? refusalOfNewQuestion(state, command) ?? refusalOfRules(state, command)
  if (refusal) return refusal
  const moved = votersChange(state, command.votersSignedIn)
  if (moved instanceof Refusal) return moved
  const inZone = zoneChange(poll, command.timeZone)
  if (inZone instanceof Refusal) return inZone
  const { closesAt: sameClock, ...zone } = inZone
  const closesAt = closingTimeChange(poll, command.closesAt === undefined ? sameClock : command.closesAt, now)
  if (closesAt instanceof Refusal) return closesAt
  const changes = {
    ...changed('title', poll.title, command.title),
    ...changed('description', poll.description, command.description),
    ...changed('category', poll.category, command.category),
    ...changedRules(poll, command),
    ...moved,
    ...closesAt,
    ...zone,
  }
  return Object.keys(changes).length === 0 ? [] : [{ type: 'edited', ...changes }]
}

function editedFields(poll: Poll): EditedFields {
  const { title, description, category, closesAt } = poll
  const rules = Object.fromEntries(editableRules.map((name) => [name, poll[name]])) as EditableRules
  return { title, description, category, closesAt: closesAt?.toISOString() ?? null, ...rules }
}

/** The fields before these edits. @param edits oldest first */
export function fieldsBefore(poll: Poll, edits: readonly EditedEvent[]): EditedFields {
  const fields = editedFields(poll)
  const before = edits.toReversed().map((edit) => {
    const changed = Object.keys(fields).filter((name) => edit[name as keyof EditedFields])
    return Object.fromEntries(changed.map((name) => [name, edit[name as keyof EditedFields]?.from]))
  })
  return Object.assign(fields, ...before)
}

/** The fields that differ from what the form showed. */
export function changedFields(shown: EditedFields, fields: Partial<EditedFields>): (keyof EditedFields)[] {
  const names = Object.keys(shown) as (keyof EditedFields)[]
  return names.filter((name) => fields[name] !== undefined && fields[name] !== shown[name])
}

/**
 * Keeps an edit from overwriting what somebody else saved after the form was opened.
 *
 * @returns `revision_mismatch` with the fields that both changed, to different values; else undefined
 */
export function refusalOfConflict(poll: Poll, { shown, ...edit }: EditCommand) {
  if (!shown) return undefined
  const saved = editedFields(poll)
  const fields = changedFields({ ...saved, ...shown }, edit).filter((name) => {
    return shown[name] !== undefined && saved[name] !== shown[name] && saved[name] !== edit[name]
  })
  if (fields.length === 0) return undefined
  const refusal = refuse(poll, 'revision_mismatch', 'This poll was changed while you edited it.')
  refusal.problems.push(...fields.map((path) => ({ path, message: refusal.message })))
  return refusal
}

/** Once people have voted, the creator has to confirm a new question, and the page shows the former one. */
export function refusalOfNewQuestion(state: PollState, { title, isConfirmed }: EditCommand) {
  const { poll } = state
  if (title === undefined || title === poll.title || !areBallots(state) || isConfirmed) return undefined
  const people = poll.totalVotes <= 1 ? 'One person has' : `${poll.totalVotes.toLocaleString('en')} people have`
  const message = `${people} answered the question as it is. Confirm that you want to change it: everybody will see the former one.`
  return refuse(poll, 'unconfirmed', message, 'isConfirmed')
}
