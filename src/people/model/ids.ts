import { createHash } from 'node:crypto'
import { customAlphabet, nanoid } from 'nanoid'

/** An id of a person or an API token: 14 characters, 70 bits. */
export const newId = customAlphabet('abcdefghijkmnopqrstuvwxyz23456789', 14)
export const isId = (text: string): boolean => /^[a-z2-9]{14}$/.test(text)

/** A bearer token of 258 bits. */
export const newToken = () => nanoid(43)

/** SHA-256 of a token, in hex. The database holds only this. */
export const tokenHash = (token: string) => createHash('sha256').update(token).digest('hex')
