import type { Choice, Choices, Grade } from '../poll.ts'
import { availabilities } from './choices.ts'

// Inside the program, a choice is an object. It is a text where it comes in or goes out: in the API, in forms, live updates
// and exports, in the database (columns, logged events, encrypted ballots), and in what a voter confirms. This file is
// the only one that knows the text:
//
//   h7k2m9x4q3vd               an option: chosen, or ranked
//   h7k2m9x4q3vd=4             with points, 0 to 5
//   h7k2m9x4q3vd=if_need_be    with the answer to a date: yes, if_need_be or no
//
// The database holds such texts from every version, so the text must not change.

const grades: readonly Grade[] = [0, 1, 2, 3, 4, 5, ...availabilities]
const gradesByText = new Map(grades.map((grade) => [String(grade), grade]))

/**
 * Reads any text, also what somebody made up. A text with other points or another answer, such as `h7k2m9x4q3vd=9`, is
 * the id of an option as a whole. No poll has such an option.
 */
export function parseChoice(text: string): Choice {
  const end = text.indexOf('=')
  return end > 0 ? parseGraded(text.slice(0, end), text.slice(end + 1)) : { optionId: text }
}

/** Of forms, which send the points or the answer in a field for each option. */
export function parseGraded(optionId: string, text: string): Choice {
  const grade = parseGrade(text)
  return grade === undefined ? { optionId: `${optionId}=${text}` } : { optionId, grade }
}

export function formatChoice({ optionId, grade }: Choice): string {
  return grade === undefined ? optionId : `${optionId}=${grade}`
}

/** Points, or an answer; undefined for any other text. */
export function parseGrade(text: string): Grade | undefined {
  return gradesByText.get(text)
}

export function parseChoices(texts: readonly string[]): Choices {
  return texts.map(parseChoice)
}

/**
 * Parses the ballots of a poll, with one object for equal choices: 50,000 ballots have millions of choices, of which a
 * few hundred are different.
 */
export function ballotParser(): typeof parseChoices {
  const known = new Map<string, Choice>()
  const parse = (text: string) => {
    const found = known.get(text)
    if (found) return found
    const choice = parseChoice(text)
    known.set(text, choice)
    return choice
  }
  return (texts) => texts.map(parse)
}

export function formatChoices(choices: Choices): string[] {
  return choices.map(formatChoice)
}
