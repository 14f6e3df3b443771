import { customAlphabet } from 'nanoid'

const alphabet = 'abcdefghijkmnopqrstuvwxyz23456789'
const half = customAlphabet(alphabet, 6)
const form = new RegExp(`^\\s*(polldock-[${alphabet}]{6}-[${alphabet}]{6})\\s*$`, 'i')

/** A code of 60 bits that people can type. It is valid for some minutes, so nobody finds one by guessing. */
export function newCode(): string {
  return `polldock-${half()}-${half()}`
}

/** The code that a message consists of; undefined for any other message. */
export function codeIn(text: string): string | undefined {
  return form.exec(text)?.[1]?.toLowerCase()
}
