import { createHash } from 'node:crypto'
import { customAlphabet } from 'nanoid'
import type { Receipt } from '../model/poll.ts'

// As in ids: nothing that could be mistaken for something else when it is copied by hand.
const alphabet = 'abcdefghijkmnopqrstuvwxyz23456789'
const length = 26

/** A code of 131 random bits: whoever has it has the ballot that was cast with it. */
export const newReceiptCode = customAlphabet(alphabet, length)

/** The code as it was typed or copied, whatever spaces, hyphens and capitals came with it; undefined if it is none. */
export function readReceiptCode(typed: string): string | undefined {
  const code = typed.replaceAll(/[\s-]/g, '').toLowerCase()
  return code.length === length && [...code].every((sign) => alphabet.includes(sign)) ? code : undefined
}

/**
 * What the ballot box is told of a code. `hash`, which is published, is the SHA-256 of the code's 26 characters in hex,
 * so that anybody can compute it; what finds the ballot until then is another digest, so that whoever sees both tables,
 * and not the code, cannot tell which belong together.
 */
export function receiptOf(code: string): Receipt {
  return { lookup: sha256(`lookup ${code}`), hash: sha256(code) }
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
