import { Prisma } from '../../database/generated/client.ts'

/** The trigram index cannot find shorter words: PostgreSQL would read every text. */
const minIndexed = 3
const maxWords = 20

/**
 * Conditions that `poll_texts t` contains all words of a search, in any order, anywhere in a word, with or without
 * accents. Words of one or two letters match only at the start of a word. Without a longer word, only titles are searched.
 */
export function contains(search: string): Prisma.Sql[] {
  const words = [...new Set(search.normalize('NFKC').split(/\s+/))].filter(Boolean).slice(0, maxWords)
  const isIndexed = words.some((word) => !isShort(word))
  const text = isIndexed ? Prisma.sql`t.search` : Prisma.sql`split_part(t.search, chr(10), 1)`
  return words.map((word) =>
    isShort(word) && letters.test(word)
      ? Prisma.sql`${text} ~ ('\\m' || search_form(${escapedForRegex(word)}))`
      : Prisma.sql`${text} LIKE '%' || search_form(${escapedForLike(word)}) || '%'`,
  )
}

function isShort(word: string): boolean {
  return [...word].length < minIndexed
}

/** Of scripts that put spaces between words. */
const letters = /^[\p{N}\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}]/u

function escapedForLike(word: string): string {
  return word.replace(/[\\%_]/g, '\\$&')
}

/** In PostgreSQL, only ASCII has a meaning in a regular expression. */
function escapedForRegex(word: string): string {
  return word.replace(/[!-/:-@[-`{-~]/g, '\\$&')
}
