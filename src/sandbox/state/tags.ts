import type { User } from './types.ts'

const everyone = new Set(['everyone', 'everybody', 'all', 'anyone', 'anybody'])

/** The tag of every message with files. */
export const fileTag = ':file'

/** Hashtags and mentions in a text, in the form of explicit tags. */
const marked = /(?<![\p{L}\p{N}_&/#@])([#@][\p{L}\p{N}_]+(?:-[\p{L}\p{N}_]+)*)/gu
const link = /\bhttps?:\/\/\S/i

/**
 * All tags of a message: the given ones and those in the text. A mention becomes `:user:1`, with `:unread:1` for each
 * mentioned user. A nick without the at sign becomes `:highlight:1`. A link adds `:url`.
 * | @see https://github.com/flowdock/api-docs/blob/master/docs/tags.md
 */
export function messageTags(text: string, given: readonly string[], people: Iterable<User>, author: User | null) {
  const users = [...people]
  const named = [...given, ...[...text.matchAll(marked)].map(([, tag = '']) => tag)]
  const tags = storedTags(named, users)
  const isForAll = tags.includes(':user:everyone')
  const unread = users.filter(({ id }) => id !== author?.id && (isForAll || tags.includes(`:user:${id}`)))
  const words = new Set(text.toLowerCase().split(/[^\p{L}\p{N}_@#-]+/u))
  const highlighted = users.filter(({ id, nick }) => id !== author?.id && words.has(nick.toLowerCase()))
  const meta = [...unread.map(({ id }) => `:unread:${id}`), ...highlighted.map(({ id }) => `:highlight:${id}`)]
  return [...new Set([...tags, ...meta, ...(link.test(text) ? [':url'] : [])])]
}

/**
 * Tags as they are stored: without hash signs, mentions by user id, unique ignoring case. Unknown nicks are left out.
 */
export function storedTags(given: readonly string[], people: Iterable<User>): string[] {
  const users = [...people]
  const kept = new Map<string, string>()
  for (const tag of given) {
    const stored = storedTag(tag.trim(), users)
    if (stored && !kept.has(stored.toLowerCase())) kept.set(stored.toLowerCase(), stored)
  }
  return [...kept.values()]
}

function storedTag(tag: string, users: readonly User[]): string | undefined {
  if (!tag.startsWith('@')) return tag.replace(/^#/, '')
  const nick = tag.slice(1).toLowerCase()
  if (everyone.has(nick)) return ':user:everyone'
  const user = users.find((user) => user.nick.toLowerCase() === nick)
  return user && `:user:${user.id}`
}
