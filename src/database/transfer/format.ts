import { z } from 'zod'
import { StartError } from '../data-dir.ts'

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

/** @throws {StartError} when this is not the first line of an export, or of a later format */
export function readHeader(line: string): Header {
  const { data } = firstLine.safeParse(parse(line))
  if (!data) throw new StartError('The file is no export of Polldock.')
  if (data.polldock.version === version) return data.polldock
  throw new StartError(`The file has version ${data.polldock.version} of the format; this Polldock reads ${version}.`)
}

/** The line after a table's rows; undefined for any other line. */
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

/**
 * In UTF-16 code units. The longest rows that Polldock writes are below 1 MiB: an edit that sets the votes of many
 * guests aside.
 */
const maxLineLength = 16 * 1_024 * 1_024

/**
 * Splits a stream of text into lines; yields several at a time.
 *
 * @throws {StartError} when a line is too long: a small file can unpack to a huge line
 */
export async function* linesIn(pieces: AsyncIterable<Buffer>): AsyncGenerator<string[]> {
  const decoder = new TextDecoder()
  let begun: string[] = []
  let length = 0
  for await (const piece of pieces) {
    const [first = '', ...others] = decoder.decode(piece, { stream: true }).split('\n')
    begun.push(first)
    length += first.length
    if (length > maxLineLength) throw tooLong
    const rest = others.pop()
    if (rest === undefined) continue
    yield [begun.join(''), ...others]
    begun = [rest]
    length = rest.length
  }
  if (length > 0) yield [begun.join('')]
}

const tooLong = new StartError(
  'The file is no export of Polldock, or it is broken: it has a line of more than 16 MiB. Nothing was imported.',
)
