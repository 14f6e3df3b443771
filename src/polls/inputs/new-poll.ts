import { z } from 'zod'
import { problemsWithDates } from '../model/dates.ts'
import { optionKey } from '../model/keys.ts'
import { limits } from '../model/limits.ts'
import { categoryField, description, optionTitle, title } from './inputs.ts'
import { closesAt, roll, ruleInputs } from './rule-inputs.ts'

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

export const newPoll = z
  .strictObject({
    title,
    description: description.default(''),
    category: categoryField.default(''),
    ...ruleInputs,
    roll: roll.default([]).describe(`${roll.description}. With an empty list, everybody can vote`),
    closesAt: closesAt.default(null),
    options: optionTitles.describe(
      'Titles, each different; in a poll of dates a day or a time in ISO 8601, or two of them with / between, as in 2026-12-24T18:00+01:00/2026-12-24T20:00+01:00',
    ),
  })
  .refine(({ method, maxChoices }) => method === 'multiple_choice' || maxChoices === null, {
    path: ['maxChoices'],
    message:
      'Only a poll where people choose several options (multiple_choice) has a maximum number of options. Leave this empty.',
  })
  .refine(({ method, capacity }) => capacity === null || method === 'single_choice' || method === 'multiple_choice', {
    path: ['capacity'],
    message: 'Only polls with one or several choices have maximum votes per option. Leave this empty.',
  })
  .refine(({ anonymous, resultsVisible = 'after_closing' }) => !anonymous || resultsVisible === 'after_closing', {
    path: ['resultsVisible'],
    message: 'An anonymous poll shows results after closing, so nobody can match votes with people. Leave this out.',
  })
  .refine(({ anonymous, capacity }) => !anonymous || capacity === null, {
    path: ['capacity'],
    message: 'An anonymous poll cannot have maximum votes per option, as its counts are hidden. Leave this empty.',
  })
  .refine(({ anonymous, quorum }) => !anonymous || quorum === null || quorum >= leastOpened, {
    path: ['quorum'],
    message: `An anonymous poll needs at least ${leastOpened} voters. Enter ${leastOpened} or more, or leave this empty.`,
  })
  .refine(({ anonymous, quorum, electorate }) => !anonymous || Math.max(quorum ?? 0, electorate ?? 0) <= maxOpened, {
    path: ['anonymous'],
    message: `An anonymous poll takes at most ${maxOpened.toLocaleString('en')} voters. Lower the numbers.`,
  })
  .refine(({ anonymous, electorate }) => !anonymous || electorate === null || electorate >= leastOpened, {
    path: ['electorate'],
    message: `An anonymous poll needs at least ${leastOpened} voters. Enter ${leastOpened} or more, or leave this empty.`,
  })
  .refine(
    ({ anonymous, resultsVisible = 'always', capacity }) =>
      anonymous || capacity === null || resultsVisible === 'always',
    {
      path: ['capacity'],
      message: 'With maximum votes per option, results are always visible. Show them always, or leave this empty.',
    },
  )
  .refine(({ method, timeZone, closesAt }) => timeZone === null || method === 'dates' || closesAt !== null, {
    path: ['timeZone'],
    message: 'Only dates and a closing time have a time zone. Leave this empty, or add a closing time.',
  })
  .refine(({ roll, electorate }) => roll.length === 0 || electorate === null || electorate === roll.length, {
    path: ['electorate'],
    message: 'The voter list already sets the number of voters. Leave this empty.',
  })
  .refine(({ anonymous, roll }) => !anonymous || roll.length === 0 || roll.length >= leastOpened, {
    path: ['roll'],
    message: `An anonymous poll needs at least ${leastOpened} voters. Name more people, or nobody.`,
  })
  .refine(
    ({ quorum, electorate, roll }) => (quorum ?? 0) <= Math.min(electorate ?? Infinity, roll.length || Infinity),
    {
      path: ['quorum'],
      message: 'The quorum exceeds the number of voters. Lower it.',
    },
  )
  .superRefine(({ method, options }, context) => {
    for (const [index, message] of method === 'dates' ? problemsWithDates(options).entries() : [])
      if (message) context.addIssue({ code: 'custom', path: ['options', index], message })
  })
