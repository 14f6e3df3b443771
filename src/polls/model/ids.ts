import { createHash } from 'node:crypto'
import slugify from '@sindresorhus/slugify'
import { customAlphabet } from 'nanoid'

// Lower-case letters and digits without look-alikes, so people can read an id aloud.
const alphabet = 'abcdefghijkmnopqrstuvwxyz23456789'

const pollIdLength = 16

/** 16 characters, 80 bits: nobody finds a poll by guessing. */
export const newPollId = customAlphabet(alphabet, pollIdLength)
export const isPollId = (text: string): boolean => /^[a-z2-9]{16}$/.test(text)
/** The id of the poll that this text asks for, so asking twice creates one poll. */
export function pollIdFrom(text: string): string {
  const digest = createHash('sha256').update(text).digest()
  return Array.from(digest.subarray(0, pollIdLength), (byte) => alphabet[byte % alphabet.length]).join('')
}
export const newOptionId = customAlphabet(alphabet, 12)

const maxSlugLength = 60

/** The path of a poll's page: a slug of its title, and its id. Only the id is read. */
export function pollPath({ id, title }: { id: string; title: string }): string {
  const slug = slugify(title).slice(0, maxSlugLength).replace(/-+$/, '')
  return `/polls/${slug === '' ? id : `${slug}-${id}`}`
}

/**
 * The id in the path segment after `/polls/`; undefined without one. The slug before it is ignored, and so is punctuation
 * after it: many chats make the end of a sentence part of a link.
 */
export function pollIdIn(segment: string): string | undefined {
  return /(?:^|-)([a-z2-9]{16})[^\p{L}\p{N}]*$/u.exec(segment)?.[1]
}
