import { gradeOf, optionOf } from '../polls/model/choices.ts'
import { shownTitle } from '../polls/model/dates.ts'
import type { Choices, Poll } from '../polls/model/poll.ts'

/**
 * A piece of a sentence; `title` is something that people typed, shown with emphasis, or `dates` as they are stored.
 */
export type Phrase = { text: string; title?: undefined; dates?: undefined } | TitlePhrase
export type TitlePhrase = { title: string; dates?: string }

/** The options' titles, with the points that they are given in a poll of scores. */
export function names(poll: Poll, choices: Choices): Phrase[] {
  return inOneSentence(
    choices.map((choice) => {
      const option = poll.options.find(({ id }) => id === optionOf(choice))
      const title = option ? titled(poll, option.title) : { title: 'an option' }
      const grade = gradeOf(choice)
      return grade === '' ? [title] : [title, { text: ` (${grade})` }]
    }),
  )
}

/** An option's title as people read it. */
export function titled(poll: Poll, title: string): TitlePhrase {
  return { title: shownTitle(poll, title), ...(poll.method === 'dates' && { dates: title }) }
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
