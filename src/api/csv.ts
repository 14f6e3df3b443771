import type { FastifyReply } from 'fastify'
import { z } from 'zod'
import { pollPath } from '../polls/model/ids.ts'
import type { Poll } from '../polls/model/poll.ts'

/** RFC 4180. The byte order mark makes spreadsheets read the file as UTF-8. */
export const csvOptions = {
  bom: true,
  // Puts an apostrophe before a cell that begins like a formula, so no spreadsheet runs it.
  escape_formulas: true,
  record_delimiter: 'windows',
} as const

/** The OpenAPI description of a CSV response. */
export const csvAnswers = {
  200: {
    description: 'CSV in UTF-8 with a header line',
    schema: z.string(),
    type: 'text/csv',
    headers: { 'Content-Disposition': 'The file name' },
  },
}

/** Sets the headers of a CSV response. The file name is made of the poll's title and the ending. */
export function asCsv(reply: FastifyReply, poll: Poll, ending: string): FastifyReply {
  const name = `${pollPath(poll).split('/').at(-1)}${ending}`
  return reply
    .type('text/csv; charset=utf-8; header=present')
    .header('content-disposition', `attachment; filename="${name}"`)
}
