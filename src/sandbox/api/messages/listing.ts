import { z } from 'zod'
import type { Flow } from '../../state/flow.ts'
import { storedTags } from '../../state/tags.ts'
import type { FlowMessage } from '../../state/types.ts'
import { invalid } from '../failure.ts'
import { optional, text } from '../inputs.ts'
import { TimeSlices } from '../lists/time-slices.ts'

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
export async function listed(
  people: Pick<Flow, 'members'>,
  messages: readonly FlowMessage[],
  listing: ListingQuery,
): Promise<FlowMessage[]> {
  const { limit, skip, sort, search } = listing
  const tests = [inRange(listing), ofEvent(listing), tagged(people, listing), saying(listing)]
  const skipped = search === null ? 0 : skip
  const ordered = sort === 'asc' ? [...messages] : messages.toReversed()
  const found = await firstMatches(ordered, tests, skipped + limit)
  const page = found.slice(skipped)
  return sort === 'asc' ? page : page.reverse()
}

/** A search reads the texts of all messages, which takes long. */
async function firstMatches(messages: readonly FlowMessage[], tests: Test[], max: number): Promise<FlowMessage[]> {
  const slices = new TimeSlices()
  const found: FlowMessage[] = []
  for (const message of messages) {
    if (found.length >= max) break
    if (tests.every((matches) => matches(message))) found.push(message)
    await slices.pause()
  }
  return found
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
