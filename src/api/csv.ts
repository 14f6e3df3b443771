import type { FastifyReply } from 'fastify'
import { z } from 'zod'
import { pollPath } from '../polls/model/ids.ts'
import type { Poll } from '../polls/model/poll.ts'

/** RFC 4180, with a byte order mark, without which some spreadsheets take UTF-8 for something else. */
export const csvOptions = {
  bom: true,
  // A cell that begins like a formula gets an apostrophe before it, so that no spreadsheet runs it.
  escape_formulas: true,
  record_delimiter: 'windows',
} as const

/** What OpenAPI tells of such an answer. */
export const csvAnswers = {
  200: {
    description: 'CSV in UTF-8, with a header line',
    schema: z.string(),
    type: 'text/csv',
    headers: { 'Content-Disposition': 'A name for the file' },
  },
}

/** The answer's headers, with a name for the file that ends like this. */
export function asCsv(reply: FastifyReply, poll: Poll, ending: string): FastifyReply {
  const name = `${pollPath(poll).split('/').at(-1)}${ending}`
  return reply
    .type('text/csv; charset=utf-8; header=present')
    .header('content-disposition', `attachment; filename="${name}"`)
}
