import type { Files } from '../../state/files.ts'
import { Failure } from '../failure.ts'

/** In bytes, several times the size of a full thread. No body without a file is longer. */
export const bodyLimit = 256 * 1024
/** A body with a file has few values. Millions of small ones would stop the server while it parses them. */
const maxValues = 1_000
/** Base64 needs four characters for three bytes, and line breaks in JSON some more. */
const growth = 1.4

/** The route options of requests whose JSON may hold a file. */
export function withFile({ maxSize }: Files) {
  return { bodyLimit: Math.ceil(maxSize * growth) + bodyLimit }
}

/** @throws {Failure} 413 for a large text */
export function demandSmall(body: string): string {
  if (body.length > bodyLimit) throw tooLarge()
  return body
}

/** @throws {Failure} 413 for a large JSON text that is not a file's */
export function demandParsable(json: string): string {
  if (json.length > bodyLimit && [',', '[', '{'].some((mark) => hasMany(json, mark))) throw tooLarge()
  return json
}

/** Why a large body that posts no file is refused; null for any other. */
export function refusalOf(json: string, body: unknown): Failure | null {
  const isFile = typeof body === 'object' && body !== null && 'event' in body && body.event === 'file'
  return json.length > bodyLimit && !isFile ? tooLarge() : null
}

function hasMany(text: string, mark: string): boolean {
  let at = -1
  for (let count = 0; count <= maxValues; count++) {
    at = text.indexOf(mark, at + 1)
    if (at < 0) return false
  }
  return true
}

const tooLarge = () => new Failure(413, `A request without a file holds at most ${bodyLimit} characters.`)
