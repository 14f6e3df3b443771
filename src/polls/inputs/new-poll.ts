import { z } from 'zod'
import { problemsWithDates } from '../model/dates.ts'
import { optionKey } from '../model/keys.ts'
import { limits } from '../model/limits.ts'
import { ruleConflicts } from '../rules/editing/rule-conflicts.ts'
import { categoryField, description, optionTitle, title } from './inputs.ts'
import { closesAt, method, roll, ruleInputs } from './rule-inputs.ts'

/** In UTF-16 code units, of which a code point takes at most two. */
const maxComparedLength = 2 * limits.optionTitle.max

const optionTitles = z
  .array(optionTitle, { error: 'Options must be a list of texts.' })
  .min(limits.options.min, `A poll needs at least ${limits.options.min} options.`)
  .max(limits.options.max, `A poll holds at most ${limits.options.max} options.`)
  .superRefine((titles, context) => {
    const places = new Map<string, number>()
    for (const [index, title] of titles.entries()) {
      // A title that is too long is refused anyway: do not spend time on comparing it.
      if (title.length > maxComparedLength || index >= limits.options.max) continue
      const first = places.get(optionKey(title))
      if (first === undefined) places.set(optionKey(title), index)
      else context.addIssue({ code: 'custom', path: [index], message: `This is the same as option ${first + 1}.` })
    }
  })

const { min: leastOpened } = limits.anonymousVoters

const fields = z.strictObject({
  title,
  description: description.default(''),
  category: categoryField.default(''),
  ...ruleInputs,
  roll: roll.default([]).describe(`${roll.description}. With an empty list, everybody can vote`),
  closesAt: closesAt.default(null),
  notPostedTo: z
    .array(z.string({ error: 'A connection is named by its id.' }).max(50, 'This is not the id of a connection.'), {
      error: 'The connections must be a list of ids.',
    })
    .max(limits.leftOut.max, `Name at most ${limits.leftOut.max} connections.`)
    .default([])
    .describe('The ids of chat connections that must not get the poll, as in the addresses of their pages'),
  options: optionTitles.describe(
    'Titles, each different; in a poll of dates a day or a time in ISO 8601, or two of them with / between, as in 2026-12-24T18:00+01:00/2026-12-24T20:00+01:00',
  ),
})

type Field = keyof typeof fields.shape

/** Compares fields as soon as these are valid, whatever is wrong with others, so all problems are reported at once. */
function comparing(...names: Field[]) {
  const compared = fields.pick(Object.fromEntries(names.map((name) => [name, true])) as Record<Field, true>).loose()
  return { when: ({ value }: { value: unknown }) => compared.safeParse(value).success }
}

/** Dates are compared also when some of them are no dates. */
const datesToCompare = z.object({ method, options: z.array(z.string()) })

/** A new poll without rules that exclude each other. */
const consistent = ruleConflicts.reduce(
  (schema, { between, at, isWrong, message }) =>
    schema.refine((rules) => !isWrong(rules), { ...comparing(...between), path: [at], message }),
  fields,
)

export const newPoll = consistent
  .refine(({ roll, electorate }) => roll.length === 0 || electorate === null || electorate === roll.length, {
    ...comparing('roll', 'electorate'),
    path: ['electorate'],
    message: 'The voter list already sets the number of voters. Leave this empty.',
  })
  .refine(({ anonymous, roll }) => !anonymous || roll.length === 0 || roll.length >= leastOpened, {
    ...comparing('anonymous', 'roll'),
    path: ['roll'],
    message: `An anonymous poll needs at least ${leastOpened} voters. Name more people, or nobody.`,
  })
  .refine(({ quorum, roll }) => roll.length === 0 || (quorum ?? 0) <= roll.length, {
    ...comparing('quorum', 'roll'),
    path: ['quorum'],
    message: 'This minimum exceeds the number of voters. Lower it.',
  })
  .superRefine(
    ({ method, options }, context) => {
      for (const [index, message] of method === 'dates' ? problemsWithDates(options).entries() : [])
        if (message) context.addIssue({ code: 'custom', path: ['options', index], message })
    },
    { when: ({ value }) => datesToCompare.safeParse(value).success },
  )
