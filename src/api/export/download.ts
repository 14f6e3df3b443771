import type { FastifyReply } from 'fastify'
import { z } from 'zod'
import { pollPath } from '../../polls/model/ids.ts'
import type { Poll } from '../../polls/model/poll.ts'
import { csvOf } from './csv.ts'
import { type Table, typedCell } from './table.ts'

const formats = {
  csv: {
    type: 'text/csv; charset=utf-8; header=present',
    description: 'CSV in UTF-8 with a header line',
    write: async (table: Table) => csvOf(table),
  },
  xlsx: {
    type: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
    description: 'An Excel workbook with one sheet',
    // Loaded by the first download.
    write: async (table: Table) => (await import('./xlsx.ts')).xlsxOf(table),
  },
} as const

export type Format = keyof typeof formats

/** Answers with a file that is named after the poll's question. @param what continues the name, as in "-votes" */
export async function sendFile(reply: FastifyReply, poll: Poll, format: Format, what: string, table: Table) {
  const { type, write } = formats[format]
  const file = await write(table)
  return reply
    .type(type)
    .header('content-disposition', attachment(poll, `${what}.${format}`))
    .send(file)
}

/** The OpenAPI description of the response. */
export function fileAnswers(format: Format) {
  const { type, description } = formats[format]
  const [mediaType] = type.split(';')
  const headers = { 'Content-Disposition': 'The file name, as the question of the poll' }
  return { 200: { description, schema: z.string(), type: mediaType ?? type, headers } }
}

/** In characters, short enough for every file system. */
const maxNameLength = 60

/** An ASCII name for old clients, and the question itself (RFC 5987, RFC 6266). */
function attachment(poll: Poll, ending: string): string {
  const ascii = `${pollPath(poll).split('/').at(-1)}${ending}`
  const title = [...typedCell(poll.title).replace(/[\\/:*?"<>|]+/g, ' ')].slice(0, maxNameLength).join('')
  const name = title.replace(/\s+/g, ' ').replace(/^[ .]+|[ .]+$/g, '')
  const own = name === '' ? '' : `; filename*=UTF-8''${rfc5987(`${name}${ending}`)}`
  return `attachment; filename="${ascii}"${own}`
}

function rfc5987(text: string): string {
  return encodeURIComponent(text.toWellFormed()).replace(/['()*]/g, (character) => {
    return `%${character.charCodeAt(0).toString(16).toUpperCase()}`
  })
}
