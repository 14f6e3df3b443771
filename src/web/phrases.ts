import { optionOf, scoreOf } from '../polls/choice.ts'
import type { Choices, Poll } from '../polls/types.ts'

/** A piece of a sentence; `title` is something that people typed, shown with emphasis. */
export type Phrase = { text: string } | { title: string }

/** The options' titles, with the points that they are given in a poll of scores. */
export function names({ options }: Poll, choices: Choices): Phrase[] {
  return inOneSentence(
    choices.map((choice) => {
      const title = options.find(({ id }) => id === optionOf(choice))?.title ?? 'an option'
      const points = scoreOf(choice)
      return Number.isNaN(points) ? [{ title }] : [{ title }, { text: ` (${points})` }]
    }),
  )
}

/** As English lists things: "A", "A and B", "A, B and C". */
export function inOneSentence(parts: readonly Phrase[][]): Phrase[] {
  return parts.flatMap((part, index) => {
    if (index === 0) return part
    return [{ text: index === parts.length - 1 ? ' and ' : ', ' }, ...part]
  })
}

export function counted(count: number, noun: string): string {
  return `${count.toLocaleString('en')} ${noun}${count === 1 ? '' : 's'}`
}
