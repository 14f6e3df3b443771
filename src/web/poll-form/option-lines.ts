import { Refusal } from '../../errors.ts'
import { optionTitle } from '../../polls/inputs/inputs.ts'
import { limits } from '../../polls/model/limits.ts'

/** A line with text. Lines are counted from 1, including empty ones. */
export type OptionLine = { number: number; text: string }

export function linesIn(text: string): OptionLine[] {
  const lines = text.split(/\r\n|[\n\r\p{Zl}\p{Zp}]/u).map((line, index) => ({ number: index + 1, text: line }))
  return lines.filter((line) => line.text.trim() !== '')
}

/** The option titles, and the problems of lines that hold none. */
export function readLines(lines: OptionLine[]): { titles: string[]; problems: string[] } {
  // The domain refuses so many options anyway, so validating each line would be wasted.
  if (lines.length > limits.options.max) return { titles: lines.map(({ text }) => text), problems: [] }
  const read = lines.map((line) => ({ line, ...optionTitle.safeParse(line.text) }))
  return {
    titles: read.flatMap(({ data }) => data ?? []),
    problems: read.flatMap(({ line, error }) => (error ? named(line, error.issues[0]?.message) : [])),
  }
}

/** Translates the domain's problems with options into problems with lines. */
export function problemsOfLines(refusal: unknown, lines: OptionLine[]): string[] {
  if (!(refusal instanceof Refusal)) return []
  return refusal.problems.flatMap(({ path, message }) => {
    const line = path.startsWith('options.') ? lines[Number(path.slice('options.'.length))] : undefined
    return line ? named(line, message) : []
  })
}

function named({ number }: OptionLine, message = ''): string {
  return `Line ${number}: ${message}`
}
