import { createHash } from 'node:crypto'
import { z } from 'zod'
import { limits } from '../../../polls/model/limits.ts'
import type { PushedMessage } from '../../inbox/inbox-store.ts'
import { eventId, roomId, userId } from '../ids.ts'
import { answersIn, messageField, pollTypes, stableTypes } from '../native/native-poll.ts'
import { codeIn } from '../signing-in/codes.ts'
import { isCommand, isVoteCommand } from './commands/parse-command.ts'
import { typedStart, typedStartIn } from './native/typed-start.ts'
import { fileName, withoutQuote } from './spoken-text.ts'

/** What an event asks for, as it waits in the inbox. `account` sent it. */
export const incoming = z.discriminatedUnion('type', [
  /** `thread` is the first message of its thread, `replyTo` the message that a client without threads answers. */
  z.object({
    type: z.literal('message'),
    account: userId,
    text: z.string(),
    thread: eventId.optional(),
    replyTo: eventId.optional(),
  }),
  /** The code of a page on which somebody signs in. */
  z.object({ type: z.literal('code'), account: userId, code: z.string() }),
  z.object({ type: z.literal('edit'), account: userId, text: z.string(), of: eventId }),
  z.object({ type: z.literal('redaction'), account: userId, of: eventId }),
  /** A person has started a native poll; `poll` is null if it is malformed. */
  z.object({ type: z.literal('start'), account: userId, poll: typedStart.nullable() }),
  /** A vote in a native poll; `answers` are null if it is malformed. */
  z.object({ type: z.literal('response'), account: userId, start: eventId, answers: z.array(z.string()).nullable() }),
  /** A vote in a native poll was edited, as no client does: clients count the edit. */
  z.object({ type: z.literal('response edit'), account: userId, of: eventId }),
  /** The end of a native poll. */
  z.object({ type: z.literal('end'), account: userId, start: eventId }),
  /** The bot is invited to the room, which is a direct one of the account and the bot, or has a purpose. */
  z.object({ type: z.literal('invite'), account: userId, isDirect: z.boolean().default(false) }),
  /** The bot was kicked or banned, has left, or its invitation was withdrawn. */
  z.object({ type: z.literal('removed') }),
  z.object({ type: z.literal('replaced'), by: roomId }),
  /** Who may do what in the room was changed. */
  z.object({ type: z.literal('power') }),
])

export type Incoming = z.output<typeof incoming>
export type IncomingOf<Type extends Incoming['type']> = Extract<Incoming, { type: Type }>

/** The accounts of Polldock: the bot, and those that stand for people. */
type OurAccounts = { bot: string; isOurs(account: string): boolean }

const envelope = z.object({
  event_id: eventId,
  room_id: roomId,
  sender: z.string(),
  type: z.string(),
  origin_server_ts: z.int(),
  state_key: z.string().optional(),
  redacts: z.unknown().optional(),
  /** Empty once the event is redacted. */
  content: z.record(z.string(), z.unknown()),
  unsigned: z.record(z.string(), z.unknown()).optional().catch(undefined),
})
type Event = z.output<typeof envelope>

/**
 * Says of an event that the room does not have: its sender was not in the room any more, and their homeserver did not know it.
 * Synapse shows it to nobody, but pushes it.
 */
const softFailed = 'io.element.synapse.soft_failed'

/** The last year that dates of the database and of JSON both write with four digits. A sender's clock may be wrong. */
const maxTime = Date.parse('9999-12-31T23:59:59.999Z')

/**
 * What the inbox keeps of an event; undefined if it does not concern Polldock. What people write outside the threads of
 * polls is not kept, unless it is a command.
 *
 * @throws {ZodError} if the event is malformed
 */
export function pushedMessage(event: unknown, ours: OurAccounts): PushedMessage | undefined {
  const known = envelope.parse(event)
  if (known.unsigned?.[softFailed] === true) return undefined
  const content = readers.get(known.type)?.(known, ours)
  if (!content) return undefined
  const { event_id: id, room_id: room, origin_server_ts: time } = known
  return { id, room, topic: topicOf(content), sentAt: new Date(Math.min(Math.max(time, 0), maxTime)), content }
}

/** By type of event, which is any text. */
const readers = new Map<string, (event: Event, ours: OurAccounts) => Incoming | undefined>([
  ['m.room.message', messageIn],
  ['m.room.redaction', redactionIn],
  ['m.room.member', membershipIn],
  [pollTypes.start, nativeStartIn],
  [pollTypes.response, responseIn],
  [stableTypes.response, responseIn],
  [pollTypes.end, endIn],
  [stableTypes.end, endIn],
  ['m.room.tombstone', replacementIn],
  ['m.room.power_levels', () => ({ type: 'power' })],
])

const said = z.object({
  msgtype: z.string(),
  body: z.string(),
  filename: z.string().optional().catch(undefined),
})

const relation = z.object({
  rel_type: z.string().optional().catch(undefined),
  event_id: eventId.optional().catch(undefined),
  'm.in_reply_to': z.object({ event_id: eventId }).optional().catch(undefined),
})

/** Notices are what programs say. Nobody answers them, so programs do not talk to each other. */
function messageIn({ sender, content }: Event, ours: OurAccounts): Incoming | undefined {
  const { data: { msgtype } = {} } = said.safeParse(content)
  if (ours.isOurs(sender) || msgtype === undefined || msgtype === 'm.notice') return undefined
  const account = userId.parse(sender)
  const { rel_type: kind, event_id: of, 'm.in_reply_to': answered } = relationIn(content)
  if (kind === 'm.replace') {
    const text = textOf(content['m.new_content'])
    return of && text !== undefined ? { type: 'edit', account, of, text } : undefined
  }
  const thread = kind === 'm.thread' ? of : undefined
  const replyTo = kind === undefined ? answered?.event_id : undefined
  const text = textOf(content, answered !== undefined)
  const code = text === undefined ? undefined : codeIn(text)
  if (code && !thread) return { type: 'code', account, code }
  if (text === undefined || !(thread || replyTo || isCommand(text))) return undefined
  return { type: 'message', account, text, ...(thread && { thread }), ...(replyTo && { replyTo }) }
}

function relationIn(content: Record<string, unknown>): z.output<typeof relation> {
  return relation.safeParse(content['m.relates_to']).data ?? {}
}

/** Without its HTML, which says the same. Of an image or another file, its name. */
function textOf(content: unknown, isReply = false): string | undefined {
  const { data } = said.safeParse(content)
  if (!data) return undefined
  const text = fileName(data) ?? (isReply ? withoutQuote(data.body) : data.body)
  return [...text].slice(0, limits.comment.max).join('')
}

/** Who may redact a message is decided by the homeserver. */
function redactionIn({ sender, content, redacts }: Event, ours: OurAccounts): Incoming | undefined {
  const { data: of } = eventId.safeParse(content.redacts ?? redacts)
  return of && !ours.isOurs(sender) ? { type: 'redaction', account: userId.parse(sender), of } : undefined
}

/** Clients edit a native poll by another start. One of another Polldock stays: two would take each other's for ever. */
function nativeStartIn({ sender, content }: Event, ours: OurAccounts): Incoming | undefined {
  if (ours.isOurs(sender) || !(pollTypes.start in content) || messageField in content) return undefined
  if (relationIn(content).rel_type === 'm.replace') return undefined
  return { type: 'start', account: userId.parse(sender), poll: typedStartIn(content) }
}

function responseIn(event: Event, ours: OurAccounts): Incoming | undefined {
  const { sender, content } = event
  const { rel_type: kind, event_id: of } = relationIn(content)
  if (kind === 'm.replace' && of && !ours.isOurs(sender))
    return { type: 'response edit', account: userId.parse(sender), of }
  const about = nativePollOf(event, ours)
  return about && { type: 'response', ...about, answers: answersIn(event.content) }
}

function endIn(event: Event, ours: OurAccounts): Incoming | undefined {
  const about = nativePollOf(event, ours)
  return about && { type: 'end', ...about }
}

/** The native poll that an event of a person refers to, by its start. */
function nativePollOf({ sender, content }: Event, ours: OurAccounts): { account: string; start: string } | undefined {
  const { rel_type: kind, event_id: start } = relationIn(content)
  if (ours.isOurs(sender) || kind !== 'm.reference' || !start) return undefined
  return { account: userId.parse(sender), start }
}

function membershipIn({ sender, content, state_key: member }: Event, { bot }: OurAccounts): Incoming | undefined {
  if (member !== bot) return undefined
  if (content.membership === 'invite')
    return { type: 'invite', account: userId.parse(sender), isDirect: content.is_direct === true }
  return content.membership === 'leave' || content.membership === 'ban' ? { type: 'removed' } : undefined
}

function replacementIn({ content }: Event): Incoming | undefined {
  const { data } = z.object({ replacement_room: roomId }).safeParse(content)
  return data && { type: 'replaced', by: data.replacement_room }
}

/** A digest: it outlives the content, and must not show who voted. */
function topicOf(content: Incoming): string | null {
  const decided = decidedBy(content)
  return decided ? createHash('sha256').update(JSON.stringify(decided)).digest('base64url') : null
}

/** What an event decides of which only the last one counts. */
function decidedBy(content: Incoming): string[] | undefined {
  if (content.type === 'edit') return ['edit', content.of]
  if (content.type === 'response') return ['response', content.start, content.account]
  if (content.type !== 'message' || !content.thread || !isVoteCommand(content.text)) return undefined
  return ['vote', content.thread, content.account]
}
