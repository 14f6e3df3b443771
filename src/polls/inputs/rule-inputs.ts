import { z } from 'zod'
import { isolated } from '../model/direction.ts'
import { limits } from '../model/limits.ts'
import {
  defaultRules,
  type EditableRule,
  type PollRules,
  pollMethods,
  resultsVisibilities,
} from '../model/poll-rules.ts'
import { isTimeZone } from '../model/time-zones.ts'
import { voterListKey } from '../rules/voter-list.ts'
import { line } from './text.ts'

// The rules that a creator sets: how people vote, who votes, and who sees the results.

export const optionsOpen = z
  .boolean({ error: 'Say true or false: may others add options?' })
  .describe('Whether others than the creator may add options')

export const optionsModerated = z
  .boolean({ error: 'Say true or false: do you approve what others add?' })
  .describe('Whether options that others add are proposals until the creator approves them')

export const method = z
  .enum(pollMethods, 'Choose single_choice, multiple_choice, score, ranked or dates.')
  .describe(
    'How people vote: for one option, for several, with up to 5 points for each, with a ranking, or with yes, if need be or no for each date',
  )
const { min: minOptions, max: maxOptions } = limits.maxChoices
export const maxChoices = z
  .int(
    `Enter how many options a voter may choose: a whole number from ${minOptions} to ${maxOptions}, or leave it empty.`,
  )
  .min(minOptions, `Enter ${minOptions} or more. For 1, let people choose one option (single_choice).`)
  .max(maxOptions, `A poll holds at most ${maxOptions} options.`)
  .nullable()
  .describe('How many options a voter may choose in a multiple choice; null for no limit')

export const resultsVisible = z
  .enum(resultsVisibilities, 'Choose always, after_voting or after_closing.')
  .describe(
    'When people see the results: always, after voting, or after closing; until then they only see who has voted',
  )

/** @param what the number means, as in "how many people have to vote" */
function wholeNumber(what: string, { min, max }: { min: number; max: number }) {
  const message = `Enter ${what}: a whole number from ${min} to ${max.toLocaleString('en')}, or leave it empty.`
  return z.int(message).min(min, message).max(max, message)
}

export const quorum = wholeNumber('how many people have to vote', limits.quorum)
  .nullable()
  .describe('The minimum number of voters for a result; null for none')

export const remindHours = wholeNumber('how many hours before the closing time', limits.remindHours)
  .nullable()
  .describe('How many hours before the closing time people who have not voted are reminded; null for no reminder')

export const votesFinal = z
  .boolean({ error: 'Say true or false: are votes final?' })
  .describe(
    'Whether votes cannot be changed or withdrawn; where people choose several options, they can still add some',
  )

export const capacity = wholeNumber('how many people can choose the same option', limits.capacity)
  .nullable()
  .describe('The maximum number of votes per option; null for no limit')

const wrongTimeZone = 'This time zone is unknown. Use a name such as Europe/Berlin.'

const zoneName = z
  .string({ error: 'The time zone must be a text. Use a name such as Europe/Berlin.' })
  .max(60, { error: wrongTimeZone, abort: true })
  .refine(isTimeZone, wrongTimeZone)

export const timeZone = zoneName
  .nullable()
  .describe(
    'The zone of times in downloads, and of dates and the closing time where the zone of the reader is unknown: an IANA name, old or new, or an offset from UTC. Null means UTC, which is the default for dates',
  )

export const newTimeZone = zoneName.describe(
  'A new zone for the dates, the closing time and times in downloads. Dates and the closing time keep their clock time: 18:00 in the old zone becomes 18:00 in the new one. Votes stay',
)

export const electorate = wholeNumber('how many voters you expect', limits.electorate)
  .nullable()
  .describe(
    'Expected voters: the poll closes when all have voted, and a single choice with final votes as soon as the remaining votes cannot change the result; null if unknown, and in a poll that was reopened',
  )

export const roll = z
  .array(line('A name on the list', limits.rollEntry), {
    error: 'The voter list must be a list of texts.',
  })
  .max(limits.roll.max, `The voter list holds at most ${limits.roll.max} people.`)
  .superRefine((names, context) => {
    // Zod also runs this for a list that is too long.
    const keys = new Set<string>()
    for (const [index, name] of names.slice(0, limits.roll.max).entries()) {
      const key = voterListKey(name)
      if (keys.has(key))
        context.addIssue({
          code: 'custom',
          path: [index],
          message: `${isolated(name)} is on the list twice. Remove one.`,
        })
      keys.add(key)
    }
  })
  .describe(
    'The voter list: only these people can vote. Names as people use them here, or e-mail addresses of their chat accounts, also as in Ann Lee <ann@example.org>. The poll closes when all have voted; if it is reopened, it stays open',
  )

export const votersSignedIn = z
  .boolean({ error: 'Say true or false: may only signed-in people vote?' })
  .describe(
    'Whether only people who have signed in with a chat may vote; votes of guests do not count until they sign in',
  )

export const unlisted = z
  .boolean({ error: 'Say true or false: can only people with the link find the poll?' })
  .describe('Whether only people with the link find the poll: lists and searches leave it out, and no chat gets it')

const leastOpened = limits.anonymousVoters.min
export const anonymous = z
  .boolean({ error: 'Say true or false: is the poll anonymous?' })
  .describe(
    `Whether the poll is anonymous: ballots are counted and published without names when it closes, if at least ${leastOpened} people, or the quorum, have voted`,
  )

export const closesAt = z.iso
  .datetime({
    offset: true,
    error: 'The closing time must be a date and a time with its zone, such as 2030-12-24T18:00:00Z.',
  })
  .nullable()
  .describe('The closing time (ISO 8601 with the offset from UTC); null for none')

/** What an edit takes of each rule that can change. A time zone has an input for the poll's times. */
export const editableRuleInputs = {
  method: method.optional(),
  maxChoices: maxChoices.optional(),
  resultsVisible: resultsVisible.optional(),
  quorum: quorum.optional(),
  remindHours: remindHours.optional(),
  votesFinal: votesFinal.optional(),
  capacity: capacity.optional(),
  electorate: electorate.optional(),
  optionsOpen: optionsOpen.optional(),
  optionsModerated: optionsModerated.optional(),
  votersSignedIn: votersSignedIn.optional(),
  unlisted: unlisted.optional(),
} satisfies Record<Exclude<EditableRule, 'timeZone'>, z.ZodType>

/** What a new poll takes of each rule. A rule without an entry does not compile; `hasRoll` follows from the voter list. */
export const ruleInputs = {
  method: method.default(defaultRules.method),
  maxChoices: maxChoices.default(defaultRules.maxChoices),
  resultsVisible: resultsVisible
    .optional()
    .describe(`${resultsVisible.description}. If left out, always, and in an anonymous poll once it is closed`),
  quorum: quorum.default(defaultRules.quorum),
  remindHours: remindHours.default(defaultRules.remindHours),
  votesFinal: votesFinal.default(defaultRules.votesFinal),
  capacity: capacity.default(defaultRules.capacity),
  timeZone: timeZone.default(defaultRules.timeZone),
  electorate: electorate.default(defaultRules.electorate),
  optionsOpen: optionsOpen.default(defaultRules.optionsOpen),
  optionsModerated: optionsModerated.default(defaultRules.optionsModerated),
  votersSignedIn: votersSignedIn.default(defaultRules.votersSignedIn),
  unlisted: unlisted.default(defaultRules.unlisted),
  anonymous: anonymous.default(defaultRules.anonymous),
} satisfies Record<keyof Omit<PollRules, 'hasRoll'>, z.ZodType>
