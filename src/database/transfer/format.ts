import { z } from 'zod'
import { StartError } from '../../data-dir.ts'

/**
 * The file of an export is gzipped lines of JSON:
 *
 * - `{"polldock": header}`: the version of this format, the last migration, the tables and their columns
 * - of each table in turn: every row, as an array of what PostgreSQL writes as text; then
 *   `{"table", "rows", "checksum"}` of them
 */
export const version = 1

const header = z.object({
  version: z.number(),
  migration: z.string(),
  tables: z.array(z.object({ name: z.string(), columns: z.array(z.string()) })),
})
const firstLine = z.object({ polldock: header })
const sum = z.object({ table: z.string(), rows: z.number(), checksum: z.string() })

export type Header = z.output<typeof header>

/** @throws {StartError} when this is not the first line of an export, or one of a later format */
export function readHeader(line: string): Header {
  const { data } = firstLine.safeParse(parse(line))
  if (!data) throw new StartError('The file is no export of Polldock.')
  if (data.polldock.version === version) return data.polldock
  throw new StartError(`The file has version ${data.polldock.version} of the format; this Polldock reads ${version}.`)
}

/** What comes after a table's rows; undefined for anything else. */
export function readSum(line: string) {
  return sum.safeParse(parse(line)).data
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}

/** The lines of a text that comes in pieces, some at a time. */
export async function* linesIn(pieces: AsyncIterable<Buffer>): AsyncGenerator<string[]> {
  const decoder = new TextDecoder()
  let begun = ''
  for await (const piece of pieces) {
    const lines = (begun + decoder.decode(piece, { stream: true })).split('\n')
    begun = lines.pop() ?? ''
    if (lines.length > 0) yield lines
  }
  if (begun !== '') yield [begun]
}
