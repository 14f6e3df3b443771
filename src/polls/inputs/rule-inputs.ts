import { z } from 'zod'
import { isolated } from '../model/direction.ts'
import { limits } from '../model/limits.ts'
import { defaultRules, type PollRules } from '../model/poll-rules.ts'
import { isTimeZone } from '../model/time-zones.ts'
import { voterListKey } from '../rules/voter-list.ts'
import { line } from './text.ts'

// What a creator can say of how people vote, who votes, and what is seen of it.

export const optionsOpen = z
  .boolean({ error: 'Say true or false: may others add options?' })
  .describe('Whether others than the creator may add options')

export const optionsModerated = z
  .boolean({ error: 'Say true or false: do you approve what others add?' })
  .describe('Whether options that others add are proposals until the creator approves them')

export const method = z
  .enum(
    ['single_choice', 'multiple_choice', 'score', 'ranked', 'dates'],
    'Choose single_choice, multiple_choice, score, ranked or dates.',
  )
  .describe(
    'How people vote: for one option, for all that they approve of, by giving each up to 5 points, by putting them into an order, or by saying yes, if need be or no of dates',
  )
const { min: minOptions, max: maxOptions } = limits.maxChoices
export const maxChoices = z
  .int(`Say how many options one may choose: a whole number from ${minOptions} to ${maxOptions}, or nothing.`)
  .min(minOptions, `The limit must be at least ${minOptions}. For 1, use single choice.`)
  .max(maxOptions, `A poll holds at most ${maxOptions} options.`)
  .nullable()
  .describe('How many options a ballot of a multiple choice may name; null for as many as there are')

export const resultsVisible = z
  .enum(['always', 'after_voting', 'after_closing'], 'Choose always, after_voting or after_closing.')
  .describe(
    'When one may see what others voted: always, once one has voted, or once the poll is closed; until then, only how many have',
  )

/** @param what it says, as in "how many people have to vote" */
function wholeNumber(what: string, { min, max }: { min: number; max: number }) {
  const message = `Say ${what}: a whole number from ${min} to ${max.toLocaleString('en')}, or nothing.`
  return z.int(message).min(min, message).max(max, message)
}

export const quorum = wholeNumber('how many people have to vote', limits.quorum)
  .nullable()
  .describe('How many people have to vote for there to be a result; null if it does not matter')

export const votesFinal = z
  .boolean({ error: 'Say true or false: are votes final?' })
  .describe('Whether a vote stays as it was cast; where several options can be chosen, more can be added to it')

export const capacity = wholeNumber('how many people can choose the same option', limits.capacity)
  .nullable()
  .describe('How many people can choose the same option; null for any number')

const wrongTimeZone = 'That is no time zone. Name one as in Europe/Berlin.'

const zoneName = z
  .string({ error: 'Name the time zone, as in Europe/Berlin.' })
  .max(60, { error: wrongTimeZone, abort: true })
  .refine(isTimeZone, wrongTimeZone)

export const timeZone = zoneName
  .nullable()
  .describe(
    'In which zone the dates and the closing time are read where that of who reads is not known: a name of the IANA database, old or new, or an offset from UTC. With dates, UTC if left out',
  )

export const newTimeZone = zoneName.describe(
  'Another zone for the dates and the closing time, which keep what the clock shows: 18:00 in the zone before is 18:00 in this one. Votes stay',
)

export const electorate = wholeNumber('how many people are to vote', limits.electorate)
  .nullable()
  .describe(
    'How many people are to vote: it closes by itself when all have, and a single choice with final votes as soon as the others cannot change the result; null for nobody knows',
  )

export const roll = z
  .array(line('A name on the list', limits.rollEntry), {
    error: 'The list of those who are to vote must be a list of texts.',
  })
  .max(limits.roll.max, `At most ${limits.roll.max} people can be named.`)
  .superRefine((names, context) => {
    // This runs also for a list that is too long.
    const keys = new Set<string>()
    for (const [index, name] of names.slice(0, limits.roll.max).entries()) {
      const key = voterListKey(name)
      if (keys.has(key))
        context.addIssue({ code: 'custom', path: [index], message: `${isolated(name)} is named twice.` })
      keys.add(key)
    }
  })
  .describe(
    'The voter list, who can vote and nobody else: the names that people bear here, or the e-mail addresses of their accounts in a chat, also as in Ann Lee <ann@example.org>. It closes when all have voted; without any, everybody may',
  )

export const votersSignedIn = z
  .boolean({ error: 'Say true or false: may only people vote who have signed in?' })
  .describe('Whether only people who have signed in with a chat may vote; those of guests do not count until they do')

const leastOpened = limits.anonymousVoters.min
export const anonymous = z
  .boolean({ error: 'Say true or false: are votes secret?' })
  .describe(
    `Whether votes are secret: ballots are counted and published when the poll is closed, without names, if at least ${leastOpened} people, or the quorum, have voted`,
  )

export const closesAt = z.iso
  .datetime({
    offset: true,
    error: 'The closing time must be a date and a time with its zone, such as 2030-12-24T18:00:00Z.',
  })
  .nullable()
  .describe('When it closes by itself (ISO 8601 with the offset from UTC); null if it does not')

/** What a new poll takes of each rule. A rule without an entry does not compile; `hasRoll` follows from the voter list. */
export const ruleInputs = {
  method: method.default(defaultRules.method),
  maxChoices: maxChoices.default(defaultRules.maxChoices),
  resultsVisible: resultsVisible
    .optional()
    .describe(`${resultsVisible.description}. If left out, always, and in an anonymous poll once it is closed`),
  quorum: quorum.default(defaultRules.quorum),
  votesFinal: votesFinal.default(defaultRules.votesFinal),
  capacity: capacity.default(defaultRules.capacity),
  timeZone: timeZone.default(defaultRules.timeZone),
  electorate: electorate.default(defaultRules.electorate),
  optionsOpen: optionsOpen.default(defaultRules.optionsOpen),
  optionsModerated: optionsModerated.default(defaultRules.optionsModerated),
  votersSignedIn: votersSignedIn.default(defaultRules.votersSignedIn),
  anonymous: anonymous.default(defaultRules.anonymous),
} satisfies Record<keyof Omit<PollRules, 'hasRoll'>, z.ZodType>
