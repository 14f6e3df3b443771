import { z } from 'zod'

/** How long a text may be, in Unicode code points. */
export type Length = { min: number; max: number }

/** A text of one line: control characters and runs of white space become one space, the ends are trimmed. */
export function line(name: string, length: Length) {
  return text(name, length, inOneLine)
}

/** An optional text of one line; a text without visible characters becomes empty. */
export function label(name: string, length: Length) {
  return text(name, length, (value) => (visible.test(value) ? inOneLine(value) : ''))
}

/** A text of several lines: line ends become \n, other control characters go, trailing white space is trimmed. */
export function prose(name: string, length: Length) {
  return text(name, length, (value) =>
    value
      .replace(/\r\n?/g, '\n')
      .replace(/(?![\n\t])\p{Cc}/gu, '')
      .trimEnd(),
  )
}

function inOneLine(value: string): string {
  return value.replace(/[\p{Cc}\s]+/gu, ' ').trim()
}

function text(name: string, { min, max }: Length, clean: (value: string) => string) {
  return z
    .string({ error: `${name} must be a text of ${min} to ${max} characters.` })
    .overwrite((value) => clean(value.toWellFormed()))
    .superRefine((value, context) => {
      const message = problemWith(value, name, { min, max })
      if (message) context.addIssue({ code: 'custom', message })
    })
    .meta({ minLength: min, maxLength: max })
}

/**
 * A visible character. Some letters (Hangul fillers) and symbols (the empty Braille pattern) are invisible.
 */
const visible = /(?![\p{Default_Ignorable_Code_Point}\u2800])[\p{L}\p{N}\p{P}\p{S}]/u

function problemWith(value: string, name: string, { min, max }: Length): string | null {
  const length = [...value].length
  if (min > 0 && !visible.test(value)) return `${name} is missing: give it ${min} to ${max} characters.`
  if (length < min) return `${name} is too short: it has ${length} of at least ${min} characters.`
  if (length > max) return `${name} is too long: it has ${length} characters of at most ${max}.`
  return null
}
