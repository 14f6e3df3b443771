import type { Availability, Choice, Choices, Points, Poll } from '../poll.ts'
import type { PollMethod } from '../poll-rules.ts'

/** Points in a poll of points go from 0 to this. */
export const highestScore = 5 satisfies Points

/** The answers to a date. */
export const availabilities = ['yes', 'if_need_be', 'no'] as const satisfies readonly Availability[]

/** These options, without points or answers. */
export function chosen(optionIds: readonly string[]): Choices {
  return optionIds.map((optionId) => ({ optionId }))
}

export function optionIdsOf(choices: Choices): string[] {
  return choices.map(({ optionId }) => optionId)
}

export function namesOption(choices: Choices, id: string): boolean {
  return choices.some(({ optionId }) => optionId === id)
}

const gradeTypes: Record<PollMethod, 'undefined' | 'number' | 'string'> = {
  single_choice: 'undefined',
  multiple_choice: 'undefined',
  ranked: 'undefined',
  score: 'number',
  dates: 'string',
}

/** Whether a choice has what the method takes: points, an answer, or neither. */
export function isGradedFor(method: PollMethod, { grade }: Choice): boolean {
  return typeof grade === gradeTypes[method]
}

/** Choices sorted as on a ballot: in the poll's order, except a ranking. Undefined if one does not fit the poll. */
export function inOrder({ method, options }: Pick<Poll, 'method' | 'options'>, choices: Choices): Choices | undefined {
  const ids = options.map(({ id }) => id)
  const place = ({ optionId }: Choice) => ids.indexOf(optionId)
  if (choices.some((choice) => !isGradedFor(method, choice) || place(choice) < 0)) return undefined
  return method === 'ranked' ? choices : choices.toSorted((one, other) => place(one) - place(other))
}

/** Adds 0 points, or no, for each option that a ballot leaves out, so published ballots all have the same form. */
export function saidOfAll({ method, options }: Pick<Poll, 'method' | 'options'>, choices: Choices): Choices {
  if (method !== 'score' && method !== 'dates') return choices
  const said = new Map(choices.map((choice) => [choice.optionId, choice]))
  return options.map(({ id }) => said.get(id) ?? { optionId: id, grade: method === 'score' ? 0 : 'no' })
}

/** What is left on a ballot when an option is removed. */
export function withoutOption(choices: Choices, id: string): Choices {
  return choices.filter(({ optionId }) => optionId !== id)
}

export function sameChoices(a: Choices, b: Choices): boolean {
  return a.length === b.length && a.every((choice, index) => isSame(choice, b[index]))
}

/** Whether these choices include this one, with the same points or answer. */
export function hasChoice(choices: Choices, choice: Choice): boolean {
  return choices.some((one) => isSame(one, choice))
}

function isSame(one: Choice, other: Choice | undefined): boolean {
  return one.optionId === other?.optionId && one.grade === other.grade
}

/** Whether `after` keeps all choices of `before`; in a ranking, in the first places. */
export function isKept({ method }: Pick<Poll, 'method'>, before: Choices, after: Choices): boolean {
  if (method === 'ranked') return before.every((choice, place) => isSame(choice, after[place]))
  return before.every((choice) => hasChoice(after, choice))
}

type OptionChange = { optionId: string; isChosen: boolean; place?: number | undefined }

/** The choices with one option added or taken off. In a single choice, it replaces the other one. */
export function changedChoices({ method }: Poll, own: Choices, { optionId, isChosen, place }: OptionChange): Choices {
  const choice: Choice = { optionId }
  const others = own.filter((one) => !isSame(one, choice))
  if (!isChosen) return others
  if (method === 'single_choice') return [choice]
  if (method === 'ranked' && place !== undefined) return others.toSpliced(place - 1, 0, choice)
  return hasChoice(own, choice) ? own : [...own, choice]
}
