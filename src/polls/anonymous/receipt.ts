import { createHash } from 'node:crypto'
import { customAlphabet } from 'nanoid'
import type { Receipt } from '../model/poll.ts'

// No letter or digit that looks like another one when it is copied by hand.
const alphabet = 'abcdefghijkmnopqrstuvwxyz23456789'
const length = 26

/** A code of 131 random bits. It is all that a person needs to see and change the ballot that was cast with it. */
export const newReceiptCode = customAlphabet(alphabet, length)

/** The code without the spaces, hyphens and capitals that somebody typed; undefined if it is no code. */
export function readReceiptCode(typed: string): string | undefined {
  const code = typed.replaceAll(/[\s-]/g, '').toLowerCase()
  return code.length === length && [...code].every((character) => alphabet.includes(character)) ? code : undefined
}

/**
 * The two digests of a code. `hash` is published: the SHA-256 of the code's 26 characters in hex, which anybody can
 * compute. `lookup` finds the ballot before that. They differ, so a copy of both tables without the codes does not show
 * which rows belong together.
 */
export function receiptOf(code: string): Receipt {
  return { lookup: sha256(`lookup ${code}`), hash: sha256(code) }
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
