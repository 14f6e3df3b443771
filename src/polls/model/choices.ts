import type { Choices, Poll } from './poll.ts'

/** Points in a poll of points go from 0 to this. */
export const highestScore = 5

/** The option id of a choice, such as `h7k2m9x4q3vd` or, with points, `h7k2m9x4q3vd=4`. */
export function optionOf(choice: string): string {
  return choice.split('=', 1)[0] ?? ''
}

/** The points of a choice; NaN without any. */
export function scoreOf(choice: string): number {
  return /^[^=]+=\d$/.test(choice) ? Number(choice.at(-1)) : Number.NaN
}

/** The answers to a date. */
export const availabilities = ['yes', 'if_need_be', 'no'] as const
export type Availability = (typeof availabilities)[number]

/** The answer of a choice such as `h7k2m9x4q3vd=if_need_be`; undefined without one. */
export function availabilityOf(choice: string): Availability | undefined {
  const said = /^[^=]+=(\w+)$/.exec(choice)?.[1]
  return availabilities.find((one) => one === said)
}

/** The points or the answer of a choice, in words; empty without either. */
export function gradeOf(choice: string): string {
  return choice.slice(optionOf(choice).length + 1).replaceAll('_', ' ')
}

/** Choices sorted as on a ballot: in the poll's order, except a ranking. Undefined if one names no option of the poll. */
export function inOrder(poll: Pick<Poll, 'method' | 'options'>, choices: Choices): Choices | undefined {
  const ids = poll.options.map(({ id }) => id)
  const place = (choice: string) => ids.indexOf(isGraded(poll) ? optionOf(choice) : choice)
  if (choices.some((choice) => place(choice) < 0)) return undefined
  return poll.method === 'ranked' ? choices : choices.toSorted((one, other) => place(one) - place(other))
}

/** Whether a choice has points or an answer. */
function isGraded({ method }: Pick<Poll, 'method'>): boolean {
  return method === 'score' || method === 'dates'
}

/** Adds 0 points, or no, for each option that a ballot leaves out, so published ballots all have the same form. */
export function saidOfAll({ method, options }: Pick<Poll, 'method' | 'options'>, choices: Choices): Choices {
  if (method !== 'score' && method !== 'dates') return choices
  const said = new Map(choices.map((choice) => [optionOf(choice), choice]))
  return options.map(({ id }) => said.get(id) ?? `${id}=${method === 'score' ? 0 : 'no'}`)
}

/** What is left on a ballot when an option is removed. */
export function withoutOption(choices: Choices, optionId: string): Choices {
  return choices.filter((choice) => optionOf(choice) !== optionId)
}

export function sameChoices(a: Choices, b: Choices): boolean {
  return a.length === b.length && a.every((id, index) => id === b[index])
}

/** Whether `after` keeps all choices of `before`; in a ranking, in the first places. */
export function isKept({ method }: Pick<Poll, 'method'>, before: Choices, after: Choices): boolean {
  if (method === 'ranked') return before.every((id, place) => after[place] === id)
  return before.every((choice) => after.includes(choice))
}

type OptionChange = { optionId: string; isChosen: boolean; place?: number | undefined }

/** The choices with one option added or taken off. In a single choice, it replaces the other one. */
export function changedChoices({ method }: Poll, own: Choices, { optionId, isChosen, place }: OptionChange): Choices {
  if (!isChosen) return own.filter((id) => id !== optionId)
  if (method === 'single_choice') return [optionId]
  if (method === 'ranked' && place !== undefined)
    return own.filter((id) => id !== optionId).toSpliced(place - 1, 0, optionId)
  return own.includes(optionId) ? own : [...own, optionId]
}
