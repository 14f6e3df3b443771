import { customAlphabet } from 'nanoid'

// Lower-case letters and digits that cannot be mistaken for one another, so that an id survives being read aloud.
const alphabet = 'abcdefghijkmnopqrstuvwxyz23456789'

/** 16 characters, 80 bits: nobody finds a poll by guessing. */
export const newPollId = customAlphabet(alphabet, 16)
export const isPollId = (text: string): boolean => /^[a-z2-9]{16}$/.test(text)
export const newOptionId = customAlphabet(alphabet, 12)
