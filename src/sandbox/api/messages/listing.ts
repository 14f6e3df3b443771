import { z } from 'zod'
import type { Flow } from '../../state/flow.ts'
import { storedTags } from '../../state/tags.ts'
import type { FlowMessage } from '../../state/types.ts'
import { invalid } from '../failure.ts'
import { optional, text } from '../inputs.ts'

const count = (min: number, max: number) =>
  z.coerce.number({ error: invalid }).int(invalid).min(min, invalid).max(max, invalid)
const listOf = optional(text(2_000).transform((value) => value.split(',').filter((item) => item.trim() !== '')))
const order = z.enum(['asc', 'desc'], { error: 'is not included in the list' }).default('desc')

/** @see https://github.com/flowdock/api-docs/blob/master/docs/messages.md#list-messages */
export const listing = z.object({
  event: listOf,
  limit: count(1, 100).default(30),
  sort: order,
  skip: count(0, 1_000_000).default(0),
  since_id: optional(count(0, Number.MAX_SAFE_INTEGER)),
  until_id: optional(count(0, Number.MAX_SAFE_INTEGER)),
  tags: listOf,
  tag_mode: z.enum(['and', 'or'], { error: 'is not included in the list' }).default('and'),
  search: optional(text(500)),
})

type ListingQuery = z.output<typeof listing>

/** The newest messages that match, or the oldest with `sort: asc`. Always in the order of their ids. */
export function listed(
  people: Pick<Flow, 'members'>,
  messages: readonly FlowMessage[],
  listing: ListingQuery,
): FlowMessage[] {
  const { limit, skip, sort, search } = listing
  const matches = [inRange(listing), ofEvent(listing), tagged(people, listing), saying(listing)]
  const found = messages.filter((message) => matches.every((matches) => matches(message)))
  const skipped = search === null ? 0 : skip
  if (sort === 'asc') return found.slice(skipped, skipped + limit)
  const end = Math.max(0, found.length - skipped)
  return found.slice(Math.max(0, end - limit), end)
}

type Test = (message: FlowMessage) => boolean

/** A search ignores the range. */
function inRange({ since_id: since, until_id: until, search }: ListingQuery): Test {
  if (search !== null) return () => true
  return ({ id }) => (since === null || id > since) && (until === null || id < until)
}

function ofEvent({ event }: ListingQuery): Test {
  return (message) => event === null || event.length === 0 || event.includes(message.event)
}

function tagged({ members }: Pick<Flow, 'members'>, { tags, tag_mode: mode }: ListingQuery): Test {
  if (tags === null || tags.length === 0) return () => true
  const wanted = storedTags(tags, members).map((tag) => tag.toLowerCase())
  // A mention of an unknown user matches nothing.
  if (wanted.length < tags.length && mode === 'and') return () => false
  return (message) => {
    const own = new Set(message.tags.map((tag) => tag.toLowerCase()))
    return mode === 'and' ? wanted.every((tag) => own.has(tag)) : wanted.some((tag) => own.has(tag))
  }
}

/** Matches messages that hold all words, ignoring case. */
function saying({ search }: ListingQuery): Test {
  const words = (search ?? '').toLowerCase().split(/\s+/)
  return (message) => {
    const text = textOf(message).toLowerCase()
    return words.every((word) => text.includes(word))
  }
}

function textOf(message: FlowMessage): string {
  if ('author' in message) {
    const { author, title, body } = message
    return `${author.name} ${title} ${body ?? ''}`.replace(/<[^<>]*>/g, ' ')
  }
  if (message.event === 'file') return message.file.name
  if (message.event === 'mail') return `${message.content.subject} ${message.content.content.replace(/<[^<>]*>/g, ' ')}`
  if (message.event === 'comment') return message.content.text
  return typeof message.content === 'string' ? message.content : ''
}
