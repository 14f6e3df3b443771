import { createHash } from 'node:crypto'
import { z } from 'zod'
import { pollPath } from '../../../polls/model/ids.ts'
import type { Poll } from '../../../polls/model/poll.ts'
import { whatIsFinal } from '../../../polls/rules/permissions.ts'
import { areResultsHidden } from '../../../polls/rules/visibility.ts'
import { plain } from '../../html.ts'
import { eventId, userId } from '../ids.ts'

// A native poll of Matrix (MSC3381), as all clients read it: in the unstable form.

const prefix = 'org.matrix.msc3381.poll'
export const pollTypes = { start: `${prefix}.start`, response: `${prefix}.response`, end: `${prefix}.end` } as const
export const stableTypes = { start: 'm.poll.start', response: 'm.poll.response', end: 'm.poll.end' } as const
export const responseTypes = [pollTypes.response, stableTypes.response] as const
export const endTypes = [pollTypes.end, stableTypes.end] as const
/** Of a poll whose results show before it has ended. */
export const disclosedKind = `${prefix}.disclosed`
export const textField = 'org.matrix.msc1767.text'
/** In a start of Polldock: the id of the message that shows the poll as text. */
export const messageField = 'io.polldock.message'
const digestField = 'io.polldock.digest'

/** Clients cut the others, and votes for those are spoiled. */
export const maxAnswers = 20
/** A room would have more ghosts than that, and every client reads all votes. */
export const maxNativeBallots = 2_000

const offReasons = [
  ...['rules', 'votes', 'moved', 'setting', 'encrypted', 'power', 'forbidden', 'banned', 'removed'],
  ...['restarts', 'crowded'],
] as const
/** Why a thread has no native poll. */
export type OffReason = (typeof offReasons)[number]

const stored = z.object({
  /** How many starts there were. */
  generation: z.int(),
  poll: z.object({ start: eventId, digest: z.string(), isEnded: z.boolean() }).optional(),
  off: z.enum(offReasons).optional(),
  /** The account that stands for a person, of a thread that is off for this reason. */
  banned: userId.optional(),
  /** Ended starts of a poll that was reopened. */
  former: z.array(eventId).optional(),
})
export type StoredNative = z.output<typeof stored>
/** `digest` is that of what the start shows. */
export type NativePoll = NonNullable<StoredNative['poll']>
const withNative = z.object({ native: stored })

/** What is stored in the data of a thread. */
export function storedNativeIn(threadData: unknown): StoredNative {
  return withNative.safeParse(threadData).data?.native ?? { generation: 0 }
}

/** The native poll of a thread; undefined without one. */
export function nativePollIn(threadData: unknown): NativePoll | undefined {
  return storedNativeIn(threadData).poll
}

/** Whether the bot had ended this start of a thread: a poll that was reopened has another one, or gets it now. */
export function wasEnded(threadData: unknown, start: string): boolean {
  const { former, poll } = storedNativeIn(threadData)
  return former?.includes(start) === true || (poll?.isEnded === true && poll.start === start)
}

/** Why clients cannot show this poll as it is; undefined if they can. */
export function whyNotNative(poll: Poll): OffReason | undefined {
  const isChosen = poll.method === 'single_choice' || poll.method === 'multiple_choice'
  const isHidden = poll.anonymous || poll.resultsVisible !== 'always' || areResultsHidden(poll)
  if (!isChosen || isHidden || poll.options.length > maxAnswers) return 'rules'
  return poll.totalVotes > maxNativeBallots ? 'votes' : undefined
}

/** How many answers a response may name. */
export function maxSelections({ method, maxChoices, options }: Poll): number {
  return method === 'single_choice' ? 1 : Math.min(maxChoices ?? options.length, options.length)
}

/** Of what a start shows. A start with votes is never edited: clients would not agree on its answers. */
export function digestOf(poll: Poll): string {
  const shown = [poll.title, maxSelections(poll), poll.options.map(({ id, title }) => [id, title])]
  return createHash('sha256').update(JSON.stringify(shown)).digest('base64url')
}

/** The content of a start. @param root the message that shows the poll as text */
export function startContent(poll: Poll, root: string, publicUrl: URL): Record<string, unknown> {
  const texts = poll.options.map(({ title }) => plain(title))
  const page = new URL(pollPath(poll), publicUrl).href
  const lines = [
    plain(poll.title),
    ...texts.map((text, index) => `${index + 1}. ${text}`),
    ...(poll.votesFinal ? [`Votes are final: ${whatIsFinal(poll)}.`] : []),
    page,
  ]
  return {
    [textField]: lines.join('\n'),
    [pollTypes.start]: {
      kind: disclosedKind,
      max_selections: maxSelections(poll),
      question: { [textField]: plain(poll.title) },
      answers: poll.options.map(({ id }, index) => ({ id, [textField]: texts[index] })),
    },
    [messageField]: root,
    [digestField]: digestOf(poll),
  }
}

/** A start of ours as the room holds it. */
export type ShownStart = { message: string; digest: string; answers: ReadonlySet<string>; max: number }

const start = z.object({
  [messageField]: eventId,
  [digestField]: z.string(),
  [pollTypes.start]: z.object({
    max_selections: z.int().positive(),
    answers: z.array(z.object({ id: z.string() })),
  }),
})

/** Reads the content of a start of the bot; undefined if it is none, or was redacted. */
export function startIn(content: unknown): ShownStart | undefined {
  const { data } = start.safeParse(content)
  if (!data) return undefined
  const { max_selections: max, answers } = data[pollTypes.start]
  return { message: data[messageField], digest: data[digestField], answers: new Set(answers.map(({ id }) => id)), max }
}

const references = (of: string) => ({ 'm.relates_to': { rel_type: 'm.reference', event_id: of } })

export function responseContent(of: string, answers: readonly string[]): object {
  return { ...references(of), [pollTypes.response]: { answers } }
}

export function endContent(of: string): object {
  return { ...references(of), [textField]: 'The poll is closed.', [pollTypes.end]: {} }
}

const block = z.object({ answers: z.array(z.string()) })

/** The answers that a response names; null if it is malformed. */
export function answersIn(content: Record<string, unknown>): string[] | null {
  const given = content[pollTypes.response] ?? content[stableTypes.response]
  return block.safeParse(given).data?.answers ?? null
}
