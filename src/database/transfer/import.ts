import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import { StartError } from '../data-dir.ts'
import { unavailability } from '../failures.ts'
import { Checksum, type TableSum } from './checksum.ts'
import type { DirectConnection } from './direct.ts'
import { linesIn, readHeader, readSum } from './format.ts'
import { fixTextForms, readRows, type Table, writeRows } from './tables.ts'
import { lockEmpty, prepareTarget, withoutForeignKeys } from './target.ts'

/**
 * Imports an export into an empty database in one transaction, and verifies every table's checksum. The tables are
 * created at the export's migration and migrated to the newest afterwards.
 *
 * @returns the rows and checksum of each table in the export
 * @throws {StartError} with one line for the operator; the database is still empty
 */
export async function importDatabase(
  db: DirectConnection,
  source: Readable,
): Promise<{ migration: string; sums: TableSum[] }> {
  const done = { migration: '', sums: [] as TableSum[] }
  try {
    await pipeline(source, createGunzip(), async (pieces: AsyncIterable<Buffer>) => {
      Object.assign(done, await readInto(db, linesIn(pieces)))
    })
  } catch (error) {
    throw plainly(error as NodeJS.ErrnoException)
  }
  await db.migrate()
  // Polldock would otherwise spend its first seconds on it; on the embedded database it answers nobody meanwhile.
  await db.query('VACUUM (ANALYZE)')
  return done
}

async function readInto(db: DirectConnection, lines: AsyncGenerator<string[]>) {
  const { value: [first = '', ...rest] = [] } = await lines.next()
  const header = readHeader(first)
  const tables = await prepareTarget(db, header)
  await db.query('BEGIN')
  try {
    await fixTextForms(db)
    await lockEmpty(db, tables)
    const sums = await withoutForeignKeys(db, () => writeAll(db, tables, following(rest, lines)))
    for (const [place, table] of tables.entries()) await verify(db, table, sums[place])
    await db.query('COMMIT')
    return { migration: header.migration, sums }
  } catch (error) {
    await db.query('ROLLBACK').catch(() => {})
    throw error
  }
}

async function* following(rest: string[], lines: AsyncGenerator<string[]>): AsyncGenerator<string[]> {
  yield rest
  yield* lines
}

/** @returns the sums in the file, which equal those of the rows */
async function writeAll(db: DirectConnection, tables: Table[], batches: AsyncIterable<string[]>): Promise<TableSum[]> {
  const sums: TableSum[] = []
  let checksum = new Checksum()
  const write = async (rows: string[]) => {
    const table = tables[sums.length]
    if (rows.length === 0) return
    if (!table) throw broken('there is more after its end')
    checksum.add(rows)
    await writeRows(db, table, rows)
  }
  for await (const lines of batches) {
    let from = 0
    for (const [place, line] of lines.entries()) {
      if (line.startsWith('[')) continue
      await write(lines.slice(from, place))
      from = place + 1
      sums.push(sumAtEnd(line, checksum, tables[sums.length]))
      checksum = new Checksum()
    }
    await write(lines.slice(from))
  }
  if (sums.length < tables.length) throw broken('it ends too soon')
  return sums
}

/** @throws {StartError} when a table's rows do not match the sum in the file */
function sumAtEnd(line: string, checksum: Checksum, table: Table | undefined): TableSum {
  const said = readSum(line)
  const sum = checksum.of(table?.name ?? '')
  if (said?.table === sum.table && said.rows === sum.rows && said.checksum === sum.checksum) return sum
  throw broken(`the rows of ${table?.name ?? 'a table'} are not those that were written`)
}

/** @throws {StartError} when the rows in the database do not match the sum in the file */
async function verify(db: DirectConnection, table: Table, expected: TableSum | undefined): Promise<void> {
  const checksum = new Checksum()
  for await (const rows of readRows(db, table)) checksum.add(rows)
  const found = checksum.of(table.name)
  if (found.rows === expected?.rows && found.checksum === expected.checksum) return
  throw new StartError(`The database does not give back what was written to ${table.name}. Nothing was imported.`)
}

function broken(how: string): StartError {
  return new StartError(`The file is broken: ${how}. Nothing was imported.`)
}

function plainly(error: NodeJS.ErrnoException & { severity?: string }): Error {
  if (unavailability(error)) return new StartError(`The database broke off: ${error.message}. Nothing was imported.`)
  if (error.code?.startsWith('Z_')) return broken(error.message)
  if (error.syscall) return new StartError(`The file cannot be read: ${error.message}.`)
  if (error.severity) return new StartError(`The database refuses it: ${error.message}. Nothing was imported.`)
  return error
}
