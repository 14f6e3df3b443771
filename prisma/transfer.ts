// npm run db:export -- file, npm run db:import -- file: copies all data of Polldock from one database to another,
// embedded or PostgreSQL. - stands for standard output or input.
import { createReadStream, createWriteStream, existsSync } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { ConfigError, configFromProcess } from '../src/config.ts'
import { StartError } from '../src/database/data-dir.ts'
import { unavailability } from '../src/database/failures.ts'
import { type DirectConnection, openDirect } from '../src/database/transfer/direct.ts'
import { exportDatabase } from '../src/database/transfer/export.ts'
import { importDatabase } from '../src/database/transfer/import.ts'

const [command, path] = process.argv.slice(2)
const isImport = command === 'import'
/** Without a file, the standard output contains only the data. */
const say = path === '-' ? console.error : console.log

try {
  if (!path) throw new StartError(`Say which file, as in: npm run db:${command} -- polldock.export.gz`)
  const db = await openDirect(configFromProcess(), { isNew: isImport })
  try {
    const { migration, sums } = isImport ? await importFile(db, path) : await exportFile(db, path)
    for (const { table, rows, checksum } of sums) say(`${table.padEnd(20)} ${String(rows).padStart(9)}  ${checksum}`)
    say(`${isImport ? 'Imported' : 'Exported'} ${sums.length} tables, as of the migration ${migration}.`)
  } finally {
    await db.close()
  }
} catch (error) {
  console.error(reason(error))
  process.exitCode = 1
}

function importFile(db: DirectConnection, path: string) {
  return importDatabase(db, path === '-' ? process.stdin : createReadStream(path))
}

/** Creates the complete file or nothing, for its owner only, and never overwrites a file. */
async function exportFile(db: DirectConnection, path: string) {
  if (path === '-') return exportDatabase(db, process.stdout)
  if (existsSync(path)) throw new StartError(`There is a file ${path} already. Name another one.`)
  const draft = `${path}.part`
  try {
    const done = await exportDatabase(db, createWriteStream(draft, { mode: 0o600, flush: true }))
    await rename(draft, path)
    return done
  } catch (error) {
    await rm(draft, { force: true }).catch(() => {})
    const { syscall, message } = error as NodeJS.ErrnoException
    throw syscall ? new StartError(`The file cannot be written: ${message}.`) : error
  }
}

function reason(error: unknown): string {
  if (error instanceof ConfigError) return `The configuration is wrong:\n${error.message}`
  if (error instanceof StartError) return error.message
  if (unavailability(error)) return `The database broke off: ${(error as Error).message}`
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
