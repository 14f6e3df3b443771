import { pipeline, Readable } from 'node:stream'
import { stringify } from 'csv-stringify'
import { Temporal } from 'temporal-polyfill'
import type { Cell, Table } from './table.ts'

/**
 * Where a spreadsheet would find a formula: at the start of a text, and, as many of them separate cells by semicolons,
 * after each semicolon. Quotation marks do not protect such a cell, as it is no cell of the file.
 */
const formulaStarts = /(^|;)(?=[\s"']*[=+\-@＝＋－＠])/g

/** Puts an apostrophe before what a spreadsheet would run as a formula. */
export function withoutFormulas(text: string): string {
  return text.replace(formulaStarts, "$1'")
}

/** RFC 4180. The byte order mark makes spreadsheets read the file as UTF-8. */
export function csvOf({ columns, rows }: Table): Readable {
  const head = columns.map(({ name }) => withoutFormulas(name))
  const lines = Readable.from(written(rows, columns))
  // An error while streaming closes the connection.
  return pipeline(lines, stringify({ bom: true, record_delimiter: 'windows', header: true, columns: head }), () => {})
}

async function* written(rows: Table['rows'], columns: Table['columns']): AsyncGenerator<string[]> {
  for await (const row of rows) yield row.map((cell, index) => textOf(cell, columns[index]?.decimals))
}

function textOf(cell: Cell, decimals: number | undefined): string {
  if (cell === null) return ''
  if (typeof cell === 'number') return decimals === undefined ? String(cell) : cell.toFixed(decimals)
  if (cell instanceof Temporal.PlainDateTime) return cell.toString({ smallestUnit: 'second' }).replace('T', ' ')
  return withoutFormulas(cell)
}
