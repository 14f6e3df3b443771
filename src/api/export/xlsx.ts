import { Readable } from 'node:stream'
import type { ReadableStream } from 'node:stream/web'
import { writeXlsxStream } from 'hucre/xlsx'
import { Temporal } from 'temporal-polyfill'
import type { Cell, Table } from './table.ts'

const minWidth = 10
const maxWidth = 40

/** An Excel workbook with one sheet. Texts are cells of text, which are never run as formulas. Memory is bounded. */
export function xlsxOf({ columns, rows }: Table): Readable {
  const bytes = writeXlsxStream(written(rows), {
    name: 'Polldock',
    freezePane: { rows: 1 },
    columns: columns.map(({ name, decimals }) => ({
      header: name,
      width: Math.min(Math.max(minWidth, name.length + 2), maxWidth),
      ...(decimals !== undefined && { numFmt: `0.${'0'.repeat(decimals)}` }),
    })),
  })
  return Readable.fromWeb(bytes as ReadableStream)
}

async function* written(rows: Table['rows']): AsyncGenerator<(string | number | Date | null)[]> {
  for await (const row of rows) yield row.map(cellValue)
}

/** Spreadsheets have no time zones: a cell holds what the clock shows. */
function cellValue(cell: Cell): string | number | Date | null {
  return cell instanceof Temporal.PlainDateTime ? new Date(cell.toZonedDateTime('UTC').epochMilliseconds) : cell
}
