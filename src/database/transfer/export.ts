import { Readable, type Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import { StartError } from '../data-dir.ts'
import { Checksum, type TableSum } from './checksum.ts'
import type { DirectConnection } from './direct.ts'
import { type Header, version } from './format.ts'
import { fixTextForms, lastMigration, readRows, readTables, type Table } from './tables.ts'

/**
 * Writes a consistent snapshot of all tables of Polldock, in the format of `format.ts`. pg-boss's tables are left out:
 * Polldock creates its jobs again at the start.
 *
 * @returns the rows and checksum of each table
 * @throws {StartError} when the database has no tables of Polldock
 */
export async function exportDatabase(
  db: DirectConnection,
  target: Writable,
): Promise<{ migration: string; sums: TableSum[] }> {
  await db.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY')
  try {
    await fixTextForms(db)
    const migration = await lastMigration(db)
    if (!migration) throw new StartError('There is nothing to export: the database has no tables of Polldock.')
    const tables = await readTables(db)
    const sums: TableSum[] = []
    await pipeline(
      Readable.from(linesOf(db, { version, migration, tables: tables.map(named) }, tables, sums)),
      createGzip(),
      target,
    )
    return { migration, sums }
  } finally {
    await db.query('ROLLBACK').catch(() => {})
  }
}

async function* linesOf(
  db: DirectConnection,
  header: Header,
  tables: Table[],
  sums: TableSum[],
): AsyncGenerator<string> {
  yield `${JSON.stringify({ polldock: header })}\n`
  for (const table of tables) {
    const checksum = new Checksum()
    for await (const rows of readRows(db, table)) {
      checksum.add(rows)
      yield `${rows.join('\n')}\n`
    }
    const sum = checksum.of(table.name)
    sums.push(sum)
    yield `${JSON.stringify(sum)}\n`
  }
}

function named({ name, columns }: Table) {
  return { name, columns: columns.map((column) => column.name) }
}
