import { shownTitle } from './dates.ts'
import type { Availability, Grade, Poll } from './poll.ts'

/** A part of a sentence: our own text, or a title that a person typed. `dates` is a date option as it is stored. */
export type Phrase = { text: string; title?: undefined; dates?: undefined } | TitlePhrase
export type TitlePhrase = { title: string; dates?: string }

/** A choice, or a date without an answer any more. */
export type NamedChoice = { optionId: string; grade?: Grade | 'no_answer' }

/**
 * The titles of options, with the points of a score or the answer to a date.
 *
 * @param maxNamed a longer list names this many and counts the rest
 */
export function names(poll: Poll, choices: readonly NamedChoice[], maxNamed = Number.POSITIVE_INFINITY): Phrase[] {
  const named = choices.slice(0, maxNamed).map(({ optionId, grade }): Phrase[] => {
    const option = poll.options.find(({ id }) => id === optionId)
    const title = option ? titled(poll, option.title) : { title: 'a removed option' }
    return grade === undefined ? [title] : [title, { text: ` (${gradeWords(grade)})` }]
  })
  const more = choices.length - named.length
  return inOneSentence(more > 0 ? [...named, [{ text: `${more} more` }]] : named)
}

/** Points, or an answer, as people read it. */
export function gradeWords(grade: Grade | 'no_answer'): string {
  return typeof grade === 'number' ? String(grade) : answers[grade]
}

const answers: Record<Availability | 'no_answer', string> = {
  yes: 'yes',
  if_need_be: 'if need be',
  no: 'no',
  no_answer: 'no answer',
}

/** An option's title as people read it. */
export function titled(poll: Poll, title: string): TitlePhrase {
  return { title: shownTitle(poll, title), ...(poll.method === 'dates' && { dates: title }) }
}

/** An English list: "A", "A and B", "A, B and C". */
export function inOneSentence(parts: readonly Phrase[][]): Phrase[] {
  return parts.flatMap((part, index) => {
    if (index === 0) return part
    return [{ text: index === parts.length - 1 ? ' and ' : ', ' }, ...part]
  })
}

/** An English list of texts: "A, B and C". */
export const listed = new Intl.ListFormat('en-GB')

/** "1 vote", "12 votes". */
export function counted(count: number, noun: string, nouns = `${noun}s`): string {
  return `${count.toLocaleString('en')} ${count === 1 ? noun : nouns}`
}
