import { createHash, randomBytes } from 'node:crypto'
import { customAlphabet } from 'nanoid'

export const newPersonId = customAlphabet('abcdefghijkmnopqrstuvwxyz23456789', 14)

/** A secret of 256 bits that its holder shows to be recognised. */
export const newToken = () => randomBytes(32).toString('base64url')

/** What is kept of a token, in hex: enough to recognise it, useless to whoever reads the database. */
export const tokenHash = (token: string) => createHash('sha256').update(token).digest('hex')
