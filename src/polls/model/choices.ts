import type { Choices, Poll } from './poll.ts'

/** The most points that an option can be given in a poll of scores; the least are none. */
export const highestScore = 5

/** The option that a choice names; in a poll of scores it says its points as well, as in `h7k2m9x4q3vd=4`. */
export function optionOf(choice: string): string {
  return choice.split('=', 1)[0] ?? ''
}

/** The points that a choice gives; NaN where it says none. */
export function scoreOf(choice: string): number {
  return /^[^=]+=\d$/.test(choice) ? Number(choice.at(-1)) : Number.NaN
}

/** What somebody says of a date. */
export const availabilities = ['yes', 'if_need_be', 'no'] as const
export type Availability = (typeof availabilities)[number]

/** What a choice says of a date, as in `h7k2m9x4q3vd=if_need_be`; undefined where it says nothing. */
export function availabilityOf(choice: string): Availability | undefined {
  const said = /^[^=]+=(\w+)$/.exec(choice)?.[1]
  return availabilities.find((one) => one === said)
}

/** What a choice says beside which option, in words: points, or whether somebody can; empty where it says nothing. */
export function gradeOf(choice: string): string {
  return choice.slice(optionOf(choice).length + 1).replaceAll('_', ' ')
}

/** As a ballot holds them: in the poll's order, but for a ranking. Undefined when one is of no option of this poll. */
export function inOrder(poll: Pick<Poll, 'method' | 'options'>, choices: Choices): Choices | undefined {
  const ids = poll.options.map(({ id }) => id)
  const place = (choice: string) => ids.indexOf(isGraded(poll) ? optionOf(choice) : choice)
  if (choices.some((choice) => place(choice) < 0)) return undefined
  return poll.method === 'ranked' ? choices : choices.toSorted((one, other) => place(one) - place(other))
}

/** Whether a choice says more than which option. */
function isGraded({ method }: Pick<Poll, 'method'>): boolean {
  return method === 'score' || method === 'dates'
}

/**
 * With what a ballot means where it leaves out an option: no points, or no. So all look alike, however they were cast.
 */
export function saidOfAll({ method, options }: Pick<Poll, 'method' | 'options'>, choices: Choices): Choices {
  if (method !== 'score' && method !== 'dates') return choices
  const said = new Map(choices.map((choice) => [optionOf(choice), choice]))
  return options.map(({ id }) => said.get(id) ?? `${id}=${method === 'score' ? 0 : 'no'}`)
}

export function sameChoices(a: Choices, b: Choices): boolean {
  return a.length === b.length && a.every((id, index) => id === b[index])
}

/** Whether all that was on the ballot is still there, and, in a ranking, still first. */
export function isKept({ method }: Pick<Poll, 'method'>, before: Choices, after: Choices): boolean {
  if (method === 'ranked') return before.every((id, place) => after[place] === id)
  return before.every((choice) => after.includes(choice))
}

type Change = { optionId: string; isChosen: boolean; place?: number | undefined }

/** These choices with one option put there, or taken back. In a single choice, it takes the place of the one before. */
export function changedChoices({ method }: Poll, own: Choices, { optionId, isChosen, place }: Change): Choices {
  if (!isChosen) return own.filter((id) => id !== optionId)
  if (method === 'single_choice') return [optionId]
  if (method === 'ranked' && place !== undefined)
    return own.filter((id) => id !== optionId).toSpliced(place - 1, 0, optionId)
  return own.includes(optionId) ? own : [...own, optionId]
}
