import { z } from 'zod'
import { label, line, prose } from '../inputs.ts'
import { isTimeZone, problemsWithDates } from './date-option.ts'
import { limits } from './limits.ts'
import { optionKey } from './option-key.ts'
import { rollKey } from './roll.ts'

export const optionTitle = line('An option', limits.optionTitle)

/** In UTF-16 code units, of which a code point takes at most two. */
const longestCompared = 2 * limits.optionTitle.max

const optionTitles = z
  .array(optionTitle, { error: 'Options must be a list of texts.' })
  .min(limits.options.min, `A poll needs at least ${limits.options.min} options.`)
  .max(limits.options.max, `A poll holds at most ${limits.options.max} options.`)
  .superRefine((titles, context) => {
    const places = new Map<string, number>()
    for (const [index, title] of titles.entries()) {
      // What is too long is refused for that; comparing it would only cost time.
      if (title.length > longestCompared || index >= limits.options.max) continue
      const first = places.get(optionKey(title))
      if (first === undefined) places.set(optionKey(title), index)
      else context.addIssue({ code: 'custom', path: [index], message: `This is the same as option ${first + 1}.` })
    }
  })

const title = line('The title', limits.title).describe('What is asked')
const description = prose('The description', limits.description).describe('Plain text of any number of lines')
/** Also for choosing polls by it. */
export const category = label('The category', limits.category)
const categoryField = category.describe('A short label, by which polls are found and chats choose theirs; may be empty')
const optionsOpen = z
  .boolean({ error: 'Say true or false: may others add options?' })
  .describe('Whether others than the creator may add options')

const optionsModerated = z
  .boolean({ error: 'Say true or false: do you approve what others add?' })
  .describe('Whether options that others add are proposals until the creator approves them')

const method = z
  .enum(
    ['single_choice', 'multiple_choice', 'score', 'ranked', 'dates'],
    'Choose single_choice, multiple_choice, score, ranked or dates.',
  )
  .describe(
    'How people vote: for one option, for all that they approve of, by giving each up to 5 points, by putting them into an order, or by saying yes, if need be or no of dates',
  )
const { min: fewestChoices, max: mostChoices } = limits.maxChoices
const maxChoices = z
  .int(`Say how many options one may choose: a whole number from ${fewestChoices} to ${mostChoices}, or nothing.`)
  .min(fewestChoices, `At most ${fewestChoices} is the least; for fewer, let people choose one option.`)
  .max(mostChoices, `A poll holds at most ${mostChoices} options.`)
  .nullable()
  .describe('How many options a ballot of a multiple choice may name; null for as many as there are')

const resultsVisible = z
  .enum(['always', 'after_voting', 'after_closing'], 'Choose always, after_voting or after_closing.')
  .describe(
    'When one may see what others voted: always, once one has voted, or once the poll is closed; until then, only how many have. If left out, always, and in an anonymous poll once it is closed',
  )

/** @param what it says, as in "how many people have to vote" */
function wholeNumber(what: string, { min, max }: { min: number; max: number }) {
  const message = `Say ${what}: a whole number from ${min} to ${max.toLocaleString('en')}, or nothing.`
  return z.int(message).min(min, message).max(max, message)
}

const quorum = wholeNumber('how many people have to vote', limits.quorum)
  .nullable()
  .describe('How many people have to vote for there to be a result; null if it does not matter')

const votesFinal = z
  .boolean({ error: 'Say true or false: are votes final?' })
  .describe('Whether a vote stays as it was cast; where several options can be chosen, more can be added to it')

const capacity = wholeNumber('how many people can choose the same option', limits.capacity)
  .nullable()
  .describe('How many people can choose the same option; null for any number')

const timeZone = z
  .string({ error: 'Name the time zone, as in Europe/Berlin.' })
  .max(60, 'That is no time zone. Name one as in Europe/Berlin.')
  .refine(isTimeZone, 'That is no time zone. Name one as in Europe/Berlin.')
  .nullable()
  .describe('In a poll of dates, in which zone they are read where that of who reads is not known; UTC if left out')

const electorate = wholeNumber('how many people are to vote', limits.electorate)
  .nullable()
  .describe(
    'How many people are to vote: it closes by itself when all have, and a single choice with final votes as soon as the others cannot change the result; null for nobody knows',
  )

const roll = z
  .array(line('A name on the list', limits.rollEntry), {
    error: 'The list of those who are to vote must be a list of texts.',
  })
  .max(limits.roll.max, `At most ${limits.roll.max} people can be named.`)
  .superRefine((names, context) => {
    const keys = names.map(rollKey)
    for (const [index, key] of keys.entries()) {
      if (keys.indexOf(key) < index)
        context.addIssue({ code: 'custom', path: [index], message: `${names[index]} is named twice.` })
    }
  })
  .describe(
    'Who is to vote, and nobody else: the names that people bear here, or the e-mail addresses of their accounts in a chat. It closes when all have voted; without any, everybody may',
  )

const votersSignedIn = z
  .boolean({ error: 'Say true or false: may only people vote who have signed in?' })
  .describe('Whether only people who have signed in with a chat may vote; those of guests do not count until they do')

const { min: leastOpened, max: mostOpened } = limits.anonymousVoters
const anonymous = z
  .boolean({ error: 'Say true or false: are votes secret?' })
  .describe(
    `Whether votes are secret: ballots are counted and published when the poll is closed, without names, if at least ${leastOpened} people, or the quorum, have voted`,
  )

const closesAt = z.iso
  .datetime({
    offset: true,
    error: 'The closing time must be a date and a time with its zone, such as 2030-12-24T18:00:00Z.',
  })
  .nullable()
  .describe('When it closes by itself (ISO 8601 with the offset from UTC); null if it does not')

export const newPoll = z
  .strictObject({
    title,
    description: description.default(''),
    category: categoryField.default(''),
    method: method.default('single_choice'),
    maxChoices: maxChoices.default(null),
    resultsVisible: resultsVisible.optional(),
    quorum: quorum.default(null),
    votesFinal: votesFinal.default(false),
    capacity: capacity.default(null),
    timeZone: timeZone.default(null),
    electorate: electorate.default(null),
    roll: roll.default([]),
    optionsOpen: optionsOpen.default(true),
    optionsModerated: optionsModerated.default(false),
    votersSignedIn: votersSignedIn.default(false),
    anonymous: anonymous.default(false),
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
  .refine(({ anonymous, quorum, electorate }) => !anonymous || Math.max(quorum ?? 0, electorate ?? 0) <= mostOpened, {
    path: ['anonymous'],
    message: `At most ${mostOpened.toLocaleString('en')} people can vote in secret.`,
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
  .refine(({ method, timeZone }) => timeZone === null || method === 'dates', {
    path: ['timeZone'],
    message: 'Only a poll of dates has a time zone. Leave this out, or make it one.',
  })
  .refine(({ roll, electorate }) => roll.length === 0 || electorate === null || electorate === roll.length, {
    path: ['electorate'],
    message: 'Those who are to vote are named, so that their number is known: leave it out.',
  })
  .refine(({ anonymous, roll }) => !anonymous || roll.length === 0 || roll.length >= leastOpened, {
    path: ['roll'],
    message: `Secret ballots of fewer than ${leastOpened} people are not opened: name more, or nobody.`,
  })
  .refine(({ quorum, roll }) => quorum === null || roll.length === 0 || quorum <= roll.length, {
    path: ['quorum'],
    message: 'The quorum is more people than are to vote, so that there could never be a result.',
  })
  .refine(({ quorum, electorate }) => quorum === null || electorate === null || quorum <= electorate, {
    path: ['quorum'],
    message: 'The quorum is more people than are to vote, so that there could never be a result.',
  })
  .superRefine(({ method, options }, context) => {
    for (const [index, message] of method === 'dates' ? problemsWithDates(options).entries() : [])
      if (message) context.addIssue({ code: 'custom', path: ['options', index], message })
  })

export const pollEdit = z.strictObject({
  title: title.optional(),
  description: description.optional(),
  category: categoryField.optional(),
  optionsOpen: optionsOpen.optional(),
  votersSignedIn: votersSignedIn.optional(),
  closesAt: closesAt.optional(),
})

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
})
