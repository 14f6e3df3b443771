import { createHash } from 'node:crypto'
import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { PollQueries } from '../polls/queries/poll-queries.ts'

// A poll's tag is "<revision>-<digest of the JSON>". The revision alone would not do as a strong validator: the JSON
// also shows the asker's own ballot, and people's names, which change without an event. So If-None-Match compares
// the whole tag. If-Match asks whether the poll has moved on, which is what the part before the dash says: both the
// tag as it was given out and the bare "<revision>" that stands in the JSON are taken.

const tag = /(?:W\/)?"[\x21\x23-\x7e\x80-\xff]*"/
const tags = new RegExp(`^(?:\\*|${tag.source}(?:\\s*,\\s*${tag.source})*)$`)

export const ifMatch = z.looseObject({
  'if-match': z
    .string()
    .refine((header) => tags.test(header), 'If-Match is * or a list of entity tags, as in "17".')
    .optional()
    .describe('Change the poll only if it is at this revision')
    .meta({ examples: ['"17"'] }),
})

export const ifNoneMatch = z.looseObject({
  'if-none-match': z
    .string()
    .optional()
    .describe('The ETag of what you have; answered with 304 if it is still the same'),
})

/** The strong entity tag of a poll's JSON. */
export function entityTag(revision: number, json: string): string {
  return `"${revision}-${createHash('sha256').update(json).digest('base64url').slice(0, 16)}"`
}

/** Whether If-None-Match names the tag; weak comparison, as RFC 9110 has it. */
export function isKnown(header: string | undefined, entityTag: string): boolean {
  if (header === undefined) return false
  return header.trim() === '*' || listed(header).some((known) => known.replace(/^W\//, '') === entityTag)
}

type Changing = FastifyRequest<{ Params: { id: string }; Headers: { 'if-match'?: string } }>

/** What no poll is at, so that the change is refused. */
const never = 0

/** The revision that the poll has to be at by If-Match; undefined if any will do. */
export async function expectedRevision(request: Changing, polls: PollQueries): Promise<number | undefined> {
  const header = request.headers['if-match']
  if (header === undefined || header === '*') return undefined
  const revisions = listed(header).map(revisionIn)
  if (revisions.length === 1) return revisions[0]
  const { poll } = await polls.view(request.params.id)
  return revisions.includes(poll.revision) ? poll.revision : never
}

function listed(header: string): string[] {
  return header.match(new RegExp(tag, 'g')) ?? []
}

/** If-Match compares strongly, so a weak tag matches nothing. */
function revisionIn(tag: string): number {
  return Number(/^"(\d{1,10})(?:-[\w-]+)?"$/.exec(tag)?.[1] ?? never)
}
