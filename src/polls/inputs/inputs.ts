import { z } from 'zod'
import { limits } from '../model/limits.ts'
import { closesAt, editableRuleInputs, newTimeZone, roll } from './rule-inputs.ts'
import { label, line, prose } from './text.ts'

export const optionTitle = line('An option', limits.optionTitle)

export const title = line('The question', limits.title).describe('The question')
export const description = prose('The description', limits.description).describe('Plain text of any number of lines')
/** Also used to filter polls. */
export const category = label('The category', limits.category)
export const categoryField = category.describe('A short label to filter polls by, also for chats; may be empty')

export const pollEdit = z.strictObject({
  title: title.optional(),
  description: description.optional(),
  category: categoryField.optional(),
  ...editableRuleInputs,
  closesAt: closesAt.optional(),
  timeZone: newTimeZone.optional(),
  isConfirmed: z
    .boolean({ error: 'Say true or false: do you confirm the new title although people have voted?' })
    .optional()
    .describe('Whether to change the title after people have voted'),
})

export const voterListChange = z.strictObject({ roll: roll.min(1, 'Name at least one person.') })

export const newOption = z.strictObject({ title: optionTitle })

export const optionRename = z.strictObject({
  title: optionTitle.describe('The new title'),
  isConfirmed: z
    .boolean({ error: 'Say true or false: do you confirm the rename although people have voted?' })
    .default(false)
    .describe('Whether to rename an option that people have voted for'),
})

/** A new comment, and the new text of an old one. */
export const settlement = z.strictObject({
  optionId: z
    .string({ error: 'Name the id of an option.' })
    .max(50, 'This is not the id of an option.')
    .describe('The id of the date'),
})

export const newComment = z.strictObject({ body: prose('The comment', limits.comment) })

/** Why the creator sets a vote aside. */
export const voteAside = z.strictObject({ reason: line('The reason', limits.reason).describe('Everybody can read it') })

export const ballot = z.strictObject({
  choices: z
    .array(z.string({ error: 'A choice is the id of an option.' }).max(50, 'This is not the id of an option.'), {
      error: 'Choices must be a list of option ids.',
    })
    .max(limits.options.max, 'The ballot has more choices than a poll can have options.')
    .describe(
      'The ids of the chosen options; in a ranking, the best first; in a poll of points each with = and 0 to 5 points, as in h7k2m9x4q3vd=4; in one of dates each with =yes, =if_need_be or =no',
    ),
  shownRevision: z
    .int('Send the revision of the poll that the voter saw.')
    .min(1, 'The first revision of a poll is 1.')
    .optional()
    .describe(
      'The revision of the poll that the voter saw: refused with title_changed if the poll has another title since, with rules_changed if people vote under other rules since, and with option_renamed if a chosen option has another title',
    ),
})
