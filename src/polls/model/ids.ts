import slugify from '@sindresorhus/slugify'
import { customAlphabet } from 'nanoid'

// Lower-case letters and digits that cannot be mistaken for one another, so that an id survives being read aloud.
const alphabet = 'abcdefghijkmnopqrstuvwxyz23456789'

/** 16 characters, 80 bits: nobody finds a poll by guessing. */
export const newPollId = customAlphabet(alphabet, 16)
export const isPollId = (text: string): boolean => /^[a-z2-9]{16}$/.test(text)
export const newOptionId = customAlphabet(alphabet, 12)

const maxSlugLength = 60

/** Where a poll's page is: its title, made readable for a URL, and its id, which alone counts. */
export function pollPath({ id, title }: { id: string; title: string }): string {
  const slug = slugify(title).slice(0, maxSlugLength).replace(/-+$/, '')
  return `/polls/${slug === '' ? id : `${slug}-${id}`}`
}

/**
 * The id in a segment after `/polls/`; undefined without one. The slug before it may say anything. Punctuation after it
 * is the sentence's in which somebody wrote the address: many chats make it part of the link.
 */
export function pollIdIn(segment: string): string | undefined {
  return /(?:^|-)([a-z2-9]{16})[^\p{L}\p{N}]*$/u.exec(segment)?.[1]
}
