import { createHash, randomBytes } from 'node:crypto'
import { customAlphabet } from 'nanoid'

/** Of people and of their API tokens: 14 characters, 70 bits. */
export const newId = customAlphabet('abcdefghijkmnopqrstuvwxyz23456789', 14)
export const isId = (text: string): boolean => /^[a-z2-9]{14}$/.test(text)

/** A secret of 256 bits that its holder shows to be recognised. */
export const newToken = () => randomBytes(32).toString('base64url')

/** What is kept of a token, in hex: enough to recognise it, useless to whoever reads the database. */
export const tokenHash = (token: string) => createHash('sha256').update(token).digest('hex')
