import { type Fields, type FormErrors, field, list } from '../pages/forms.ts'
import { newPoll } from '../polls/inputs.ts'
import { limits } from '../polls/limits.ts'
import { readClosingTime, shownClosingTime, type TypedClosingTime, typedClosingTime } from './closing-time-field.ts'
import type { WebOptions } from './web.ts'

/** What stands in the form of a poll, right or wrong. What is asked only of a new poll is left out for an old one. */
export type TypedPoll = {
  title: string
  description: string
  category: string
  optionsOpen: boolean
  votersSignedIn: boolean
  closing?: TypedClosingTime | undefined
  method?: string
  maxChoices?: string
  areResultsHidden?: boolean
  options: string[]
}

export type PollForm = { typed: TypedPoll; errors?: FormErrors }

export const emptyPoll: TypedPoll = {
  title: '',
  description: '',
  category: '',
  optionsOpen: true,
  votersSignedIn: false,
  closing: shownClosingTime(null),
  method: 'single_choice',
  maxChoices: '',
  areResultsHidden: false,
  options: [],
}

/** Rows that were left empty are no options. */
export function typedPoll(fields: Fields): TypedPoll {
  return {
    title: field(fields, 'title'),
    description: field(fields, 'description'),
    category: field(fields, 'category'),
    optionsOpen: field(fields, 'optionsOpen') === 'on',
    votersSignedIn: field(fields, 'votersSignedIn') === 'on',
    closing: typedClosingTime(fields),
    method: field(fields, 'method') || 'single_choice',
    maxChoices: field(fields, 'maxChoices').trim(),
    areResultsHidden: field(fields, 'areResultsHidden') === 'on',
    options: list(fields, 'options').filter((title) => title.trim() !== ''),
  }
}

/** The new poll that is asked for, or what is wrong with it. */
export function readNewPoll({ closing, maxChoices = '', areResultsHidden, ...typed }: TypedPoll) {
  const isLimited = typed.method === 'multiple_choice' && maxChoices !== ''
  const most = isLimited ? { maxChoices: Number(maxChoices) } : {}
  const resultsVisible = areResultsHidden ? 'after_closing' : 'always'
  return newPoll.safeParse({ ...typed, ...most, resultsVisible, closesAt: closing && readClosingTime(closing) })
}

/** What both forms show beside what was typed. */
export async function formModel({ services }: WebOptions, { typed, errors = {} }: PollForm) {
  return { now: services.clock(), typed, errors, limits, suggestions: await services.polls.categories() }
}
