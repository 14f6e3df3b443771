import { z } from 'zod'
import { limits } from '../model/limits.ts'
import { closesAt, newTimeZone, optionsOpen, roll, votersSignedIn } from './rule-inputs.ts'
import { label, line, prose } from './text.ts'

export const optionTitle = line('An option', limits.optionTitle)

export const title = line('The title', limits.title).describe('What is asked')
export const description = prose('The description', limits.description).describe('Plain text of any number of lines')
/** Also for choosing polls by it. */
export const category = label('The category', limits.category)
export const categoryField = category.describe(
  'A short label, by which polls are found and chats choose theirs; may be empty',
)

export const pollEdit = z.strictObject({
  title: title.optional(),
  description: description.optional(),
  category: categoryField.optional(),
  optionsOpen: optionsOpen.optional(),
  votersSignedIn: votersSignedIn.optional(),
  closesAt: closesAt.optional(),
  timeZone: newTimeZone.optional(),
})

export const voterListChange = z.strictObject({ roll: roll.min(1, 'Name at least one person.') })

export const newOption = z.strictObject({ title: optionTitle })

export const optionRename = z.strictObject({
  title: optionTitle.describe('What it is to be called'),
  isConfirmed: z
    .boolean({ error: 'Say true or false: is it to be renamed though people have voted?' })
    .default(false)
    .describe('Whether it is to be renamed though people have voted'),
})

export const newComment = z.strictObject({ body: prose('The comment', limits.comment) })

export const ballot = z.strictObject({
  choices: z
    .array(z.string({ error: 'A choice is the id of an option.' }).max(50, 'That is not the id of an option.'), {
      error: 'Choices must be a list of option ids.',
    })
    .max(limits.options.max, 'Those are more choices than a poll has options.')
    .describe(
      'The ids of the chosen options; in a ranking, the best first; in a poll of scores each with = and 0 to 5 points, as in h7k2m9x4q3vd=4; in one of dates each with =yes, =if_need_be or =no',
    ),
  shownRevision: z
    .int('Name the revision of the poll at which you have seen its title and options.')
    .min(1, 'The first revision of a poll is 1.')
    .optional()
    .describe(
      'The revision of the poll that the voter saw: refused with title_changed if the poll has another title since, and with option_renamed if a chosen option has',
    ),
})
