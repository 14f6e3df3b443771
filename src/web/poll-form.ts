import { type Fields, type FormErrors, field, list } from '../pages/forms.ts'
import { limits } from '../polls/limits.ts'
import { newPoll } from '../polls/new-poll.ts'
import { readClosingTime, shownClosingTime, type TypedClosingTime, typedClosingTime } from './closing-time-field.ts'
import { datesOf, type TypedDates, typedDates, typedZone } from './date-fields.ts'
import { type TypedVoterList, typedVoterList } from './voter-list-field.ts'
import type { WebOptions } from './web.ts'

/** What stands in the form of a poll, right or wrong. What is asked only of a new poll is left out for an old one. */
export type TypedPoll = {
  title: string
  description: string
  category: string
  optionsOpen: boolean
  votersSignedIn: boolean
  optionsModerated?: boolean
  anonymous?: boolean
  closing?: TypedClosingTime | undefined
  method?: string
  maxChoices?: string
  resultsVisible?: string
  quorum?: string
  votesFinal?: boolean
  capacity?: string
  electorate?: string
  voterList?: TypedVoterList
  timeZone?: string
  /** Of a poll of dates, what stands in the fields of its options. */
  dates?: TypedDates[]
  options: string[]
}

export type PollForm = { typed: TypedPoll; errors?: FormErrors }

export const emptyPoll: TypedPoll = {
  title: '',
  description: '',
  category: '',
  optionsOpen: true,
  votersSignedIn: false,
  optionsModerated: false,
  anonymous: false,
  closing: shownClosingTime(null),
  method: 'single_choice',
  maxChoices: '',
  resultsVisible: 'always',
  quorum: '',
  votesFinal: false,
  capacity: '',
  electorate: '',
  voterList: { roll: '', checkedRoll: '' },
  options: [],
}

/** Rows that were left empty are no options. */
export function typedPoll(fields: Fields): TypedPoll {
  const method = field(fields, 'method') || 'single_choice'
  return {
    title: field(fields, 'title'),
    description: field(fields, 'description'),
    category: field(fields, 'category'),
    optionsOpen: field(fields, 'optionsOpen') === 'on',
    votersSignedIn: field(fields, 'votersSignedIn') === 'on',
    optionsModerated: field(fields, 'optionsModerated') === 'on',
    anonymous: field(fields, 'anonymous') === 'on',
    closing: typedClosingTime(fields),
    method,
    maxChoices: field(fields, 'maxChoices').trim(),
    resultsVisible: field(fields, 'resultsVisible') || 'always',
    quorum: field(fields, 'quorum').trim(),
    votesFinal: field(fields, 'votesFinal') === 'on',
    capacity: field(fields, 'capacity').trim(),
    electorate: field(fields, 'electorate').trim(),
    voterList: typedVoterList(fields),
    ...(method === 'dates' ? datedOptions(fields) : titledOptions(fields)),
  }
}

function titledOptions(fields: Fields) {
  return { options: list(fields, 'options').filter((title) => title.trim() !== '') }
}

function datedOptions(fields: Fields) {
  const [dates, timeZone] = [typedDates(fields), typedZone(fields)]
  return { dates, timeZone, options: dates.map((row) => datesOf(row, timeZone)) }
}

/** The new poll that is asked for, or what is wrong with it. */
export function readNewPoll(
  { closing, quorum, capacity, electorate, voterList, dates, ...typed }: TypedPoll,
  roll: readonly string[],
) {
  return newPoll.safeParse({
    ...typed,
    resultsVisible: typed.anonymous ? undefined : typed.resultsVisible,
    maxChoices: typed.method === 'multiple_choice' ? numberIn(typed.maxChoices) : null,
    quorum: numberIn(quorum),
    capacity: numberIn(capacity),
    electorate: numberIn(electorate),
    roll,
    closesAt: closing && readClosingTime(closing),
  })
}

/** Null when nothing was typed; not a number when that is none. */
function numberIn(typed = ''): number | null {
  return typed === '' ? null : Number(typed)
}

/** What both forms show beside what was typed. */
export async function formModel({ services }: WebOptions, { typed, errors = {} }: PollForm) {
  return { now: services.clock(), typed, errors, limits, suggestions: await services.polls.categories() }
}
