import { z } from 'zod'
import { problemsWithDates } from '../model/dates.ts'
import { optionKey } from '../model/keys.ts'
import { limits } from '../model/limits.ts'
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

const { min: leastOpened, max: maxOpened } = limits.anonymousVoters

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

export const newPoll = fields
  .refine(({ method, maxChoices }) => method === 'multiple_choice' || maxChoices === null, {
    ...comparing('method', 'maxChoices'),
    path: ['maxChoices'],
    message:
      'Only a poll where people choose several options (multiple_choice) has a maximum number of options. Leave this empty.',
  })
  .refine(({ method, capacity }) => capacity === null || method === 'single_choice' || method === 'multiple_choice', {
    ...comparing('method', 'capacity'),
    path: ['capacity'],
    message: 'Only polls with one or several choices have maximum votes per option. Leave this empty.',
  })
  .refine(({ anonymous, resultsVisible = 'after_closing' }) => !anonymous || resultsVisible === 'after_closing', {
    ...comparing('anonymous', 'resultsVisible'),
    path: ['resultsVisible'],
    message: 'An anonymous poll shows results after closing, so nobody can match votes with people. Leave this out.',
  })
  .refine(({ anonymous, capacity }) => !anonymous || capacity === null, {
    ...comparing('anonymous', 'capacity'),
    path: ['capacity'],
    message: 'An anonymous poll cannot have maximum votes per option, as its counts are hidden. Leave this empty.',
  })
  .refine(({ anonymous, quorum }) => !anonymous || quorum === null || quorum >= leastOpened, {
    ...comparing('anonymous', 'quorum'),
    path: ['quorum'],
    message: `An anonymous poll needs at least ${leastOpened} voters. Enter ${leastOpened} or more, or leave this empty.`,
  })
  .refine(({ anonymous, quorum, electorate }) => !anonymous || Math.max(quorum ?? 0, electorate ?? 0) <= maxOpened, {
    ...comparing('anonymous', 'quorum', 'electorate'),
    path: ['anonymous'],
    message: `An anonymous poll takes at most ${maxOpened.toLocaleString('en')} voters. Lower the numbers.`,
  })
  .refine(({ anonymous, electorate }) => !anonymous || electorate === null || electorate >= leastOpened, {
    ...comparing('anonymous', 'electorate'),
    path: ['electorate'],
    message: `An anonymous poll needs at least ${leastOpened} voters. Enter ${leastOpened} or more, or leave this empty.`,
  })
  .refine(
    ({ anonymous, resultsVisible = 'always', capacity }) =>
      anonymous || capacity === null || resultsVisible === 'always',
    {
      ...comparing('anonymous', 'resultsVisible', 'capacity'),
      path: ['capacity'],
      message: 'With maximum votes per option, results are always visible. Show them always, or leave this empty.',
    },
  )
  .refine(({ method, timeZone, closesAt }) => timeZone === null || method === 'dates' || closesAt !== null, {
    ...comparing('method', 'timeZone', 'closesAt'),
    path: ['timeZone'],
    message: 'Only dates and a closing time have a time zone. Leave this empty, or add a closing time.',
  })
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
  .refine(
    ({ quorum, electorate, roll }) => (quorum ?? 0) <= Math.min(electorate ?? Infinity, roll.length || Infinity),
    {
      ...comparing('quorum', 'electorate', 'roll'),
      path: ['quorum'],
      message: 'This minimum exceeds the number of voters. Lower it.',
    },
  )
  .superRefine(
    ({ method, options }, context) => {
      for (const [index, message] of method === 'dates' ? problemsWithDates(options).entries() : [])
        if (message) context.addIssue({ code: 'custom', path: ['options', index], message })
    },
    { when: ({ value }) => datesToCompare.safeParse(value).success },
  )
