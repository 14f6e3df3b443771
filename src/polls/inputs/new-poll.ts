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
      // What is too long is refused for that; comparing it would only cost time.
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
    roll: roll.default([]),
    closesAt: closesAt.default(null),
    options: optionTitles.describe(
      'Their titles, no two alike; in a poll of dates a day or a time in ISO 8601, or two of them with / between, as in 2026-12-24T18:00+01:00/2026-12-24T20:00+01:00',
    ),
  })
  .refine(({ method, maxChoices }) => method === 'multiple_choice' || maxChoices === null, {
    path: ['maxChoices'],
    message: 'Only a multiple_choice has a limit of choices. Leave this out, or make it one.',
  })
  .refine(({ method, capacity }) => capacity === null || method === 'single_choice' || method === 'multiple_choice', {
    path: ['capacity'],
    message: 'Places are limited only where people choose one option or several.',
  })
  .refine(({ anonymous, resultsVisible = 'after_closing' }) => !anonymous || resultsVisible === 'after_closing', {
    path: ['resultsVisible'],
    message:
      'In an anonymous poll results are shown after closing: else one could tell who voted what as they come in.',
  })
  .refine(({ anonymous, capacity }) => !anonymous || capacity === null, {
    path: ['capacity'],
    message: 'Where votes are secret, nobody can see how many places are taken: limit none.',
  })
  .refine(({ anonymous, quorum }) => !anonymous || quorum === null || quorum >= leastOpened, {
    path: ['quorum'],
    message: `Secret ballots of fewer than ${leastOpened} people are not opened: say ${leastOpened} or more, or nothing.`,
  })
  .refine(({ anonymous, quorum, electorate }) => !anonymous || Math.max(quorum ?? 0, electorate ?? 0) <= maxOpened, {
    path: ['anonymous'],
    message: `At most ${maxOpened.toLocaleString('en')} people can vote in secret.`,
  })
  .refine(({ anonymous, electorate }) => !anonymous || electorate === null || electorate >= leastOpened, {
    path: ['electorate'],
    message: `Secret ballots of fewer than ${leastOpened} people are not opened, so at least as many have to vote.`,
  })
  .refine(
    ({ anonymous, resultsVisible = 'always', capacity }) =>
      anonymous || capacity === null || resultsVisible === 'always',
    {
      path: ['capacity'],
      message: 'Where places are limited, everybody sees how many are taken: show the results always, or limit none.',
    },
  )
  .refine(({ method, timeZone, closesAt }) => timeZone === null || method === 'dates' || closesAt !== null, {
    path: ['timeZone'],
    message: 'Only dates and a closing time have a time zone. Leave this out, or add a closing time.',
  })
  .refine(({ roll, electorate }) => roll.length === 0 || electorate === null || electorate === roll.length, {
    path: ['electorate'],
    message: 'Those who are to vote are named, so that their number is known: leave it out.',
  })
  .refine(({ anonymous, roll }) => !anonymous || roll.length === 0 || roll.length >= leastOpened, {
    path: ['roll'],
    message: `Secret ballots of fewer than ${leastOpened} people are not opened: name more, or nobody.`,
  })
  .refine(
    ({ quorum, electorate, roll }) => (quorum ?? 0) <= Math.min(electorate ?? Infinity, roll.length || Infinity),
    {
      path: ['quorum'],
      message: 'The quorum is more people than are to vote, so that there could never be a result.',
    },
  )
  .superRefine(({ method, options }, context) => {
    for (const [index, message] of method === 'dates' ? problemsWithDates(options).entries() : [])
      if (message) context.addIssue({ code: 'custom', path: ['options', index], message })
  })
