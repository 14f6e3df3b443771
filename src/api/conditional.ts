import { createHash } from 'node:crypto'
import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { PollQueries } from '../polls/queries/poll-queries.ts'

// A poll's ETag is "<revision>-<digest of the JSON>". The revision alone is no strong validator: the JSON also holds
// the caller's ballot and people's names, which can change without an event. If-None-Match compares the whole tag.
// If-Match compares only the revision, so it accepts both the ETag and the bare "<revision>" from the JSON.

const tag = /(?:W\/)?"[\x21\x23-\x7e\x80-\xff]*"/
const tags = new RegExp(`^(?:\\*|${tag.source}(?:\\s*,\\s*${tag.source})*)$`)

export const ifMatch = z.looseObject({
  'if-match': z
    .string()
    .refine((header) => tags.test(header), 'Send If-Match as * or as a list of entity tags, such as "17".')
    .optional()
    .describe('The poll changes only if it is at this revision')
    .meta({ examples: ['"17"'] }),
})

export const ifNoneMatch = z.looseObject({
  'if-none-match': z
    .string()
    .optional()
    .describe('The ETag of your copy; the response is 304 if the poll has not changed'),
})

/** The strong entity tag of a poll's JSON. */
export function entityTag(revision: number, json: string): string {
  return `"${revision}-${createHash('sha256').update(json).digest('base64url').slice(0, 16)}"`
}

/** Whether If-None-Match lists the tag, by weak comparison (RFC 9110). */
export function isKnown(header: string | undefined, entityTag: string): boolean {
  if (header === undefined) return false
  return header.trim() === '*' || listed(header).some((known) => known.replace(/^W\//, '') === entityTag)
}

export type ChangeRequest = FastifyRequest<{ Params: { id: string }; Headers: { 'if-match'?: string } }>

/** A revision that no poll has, so the change is refused. */
const noRevision = 0

/** The revision that If-Match requires; undefined without one. */
export async function expectedRevision(request: ChangeRequest, polls: PollQueries): Promise<number | undefined> {
  const header = request.headers['if-match']
  if (header === undefined || header === '*') return undefined
  const revisions = listed(header).map(revisionIn)
  if (revisions.length === 1) return revisions[0]
  const { poll } = await polls.view(request.params.id)
  return revisions.includes(poll.revision) ? poll.revision : noRevision
}

function listed(header: string): string[] {
  return header.match(new RegExp(tag, 'g')) ?? []
}

/** If-Match compares strongly (RFC 9110), so a weak tag matches no revision. */
function revisionIn(tag: string): number {
  return Number(/^"(\d{1,10})(?:-[\w-]+)?"$/.exec(tag)?.[1] ?? noRevision)
}
