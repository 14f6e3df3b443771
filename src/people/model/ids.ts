import { createHash, randomBytes } from 'node:crypto'
import { customAlphabet } from 'nanoid'

/** An id of a person or an API token: 14 characters, 70 bits. */
export const newId = customAlphabet('abcdefghijkmnopqrstuvwxyz23456789', 14)
export const isId = (text: string): boolean => /^[a-z2-9]{14}$/.test(text)

/** A bearer token of 256 bits. */
export const newToken = () => randomBytes(32).toString('base64url')

/** SHA-256 of a token, in hex. The database holds only this. */
export const tokenHash = (token: string) => createHash('sha256').update(token).digest('hex')
