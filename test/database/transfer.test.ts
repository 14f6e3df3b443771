import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { createGzip } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, inject, onTestFinished, test } from 'vitest'
import { readConfig } from '../../src/config.ts'
import { lockDataDir, StartError } from '../../src/database/data-dir.ts'
import type { PrismaClient } from '../../src/database/generated/client.ts'
import { migrationsDir } from '../../src/database/schema-engine.ts'
import { openDirect } from '../../src/database/transfer/direct.ts'
import { type ProcessEnvironment, processEnvironment } from '../support/database.ts'
import { fillEveryTable } from '../support/naughty-rows.ts'
import { exported, imported, openSite, type TransferSite, withLines } from '../support/transfer.ts'

const schema = await readFile(new URL('../../prisma/schema.prisma', import.meta.url), 'utf8')
const models = [...schema.matchAll(/^model (\w+) \{.*?@@map\("(\w+)"\)/gms)].map(([, model = '', table = '']) => ({
  model: model[0]?.toLowerCase() + model.slice(1),
  table,
}))
const isPostgres = inject('database').kind === 'postgres'

let source: TransferSite
let file: Buffer
let sums: Awaited<ReturnType<typeof exported>>['sums']

beforeAll(async () => {
  source = await openSite()
  await source.db.migrate()
  await fillEveryTable(source.prisma)
  const made = await exported(source)
  file = made.file
  sums = made.sums
})

afterAll(() => source.close())

/** Zero if the table does not exist. */
async function countPeople({ db, prisma }: TransferSite): Promise<number> {
  const [[table] = []] = await db.query(`SELECT to_regclass('people')::text`)
  return table ? prisma.person.count() : 0
}

async function emptySite(kind?: 'embedded' | 'postgres'): Promise<TransferSite> {
  const site = await openSite(kind)
  onTestFinished(() => site.close())
  return site
}

test('the export has every table of the schema, and the test fills each', () => {
  expect(models.length).toBeGreaterThan(15)
  expect(sums.map(({ table }) => table).sort()).toEqual(models.map(({ table }) => table).sort())
  expect(sums.filter(({ rows }) => rows === 0)).toEqual([])
})

test.each(isPostgres ? (['postgres', 'embedded'] as const) : (['embedded'] as const))(
  'every value survives export and import, into %s and back',
  async (kind) => {
    const target = await emptySite(kind)
    expect(await imported(target, file)).toEqual(sums)
    expect(await contentOf(target.prisma)).toEqual(await contentOf(source.prisma))
    const again = await exported(target)
    expect(again.sums).toEqual(sums)
    expect(await foreignKeys(target)).toEqual(await foreignKeys(source))
    if (kind === inject('database').kind) return
    const back = await emptySite()
    await imported(back, again.file)
    expect(await contentOf(back.prisma)).toEqual(await contentOf(source.prisma))
  },
)

test.runIf(isPostgres)('the export is a snapshot of one instant during writes', async () => {
  const busy = await emptySite()
  await busy.db.migrate()
  await busy.prisma.person.create({ data: person('first') })
  const query = busy.db.query
  const db = {
    ...busy.db,
    query: async (...[text, values]: Parameters<typeof query>) => {
      // The export reads the tables by name: people after ballots.
      if (text.includes('FROM "ballots"')) await busy.prisma.person.create({ data: person('second') })
      return query(text, values)
    },
  }
  const made = await exported({ db })
  expect(made.sums.find(({ table }) => table === 'people')).toMatchObject({ rows: 1 })
  expect(await busy.prisma.person.count()).toBe(2)
})

test('an export of an older version is migrated', async () => {
  const older = await emptySite()
  const [first = ''] = (await readdir(migrationsDir)).sort()
  await older.db.migrate(first)
  await older.db.query(`INSERT INTO people (id, name, created_at) VALUES ('old', 'Old', '2026-01-01')`)
  const target = await emptySite()
  await imported(target, (await exported(older)).file)
  expect(await target.prisma.person.findMany()).toMatchObject([{ name: 'Old', mergedIntoId: null }])
})

describe('an invalid import is one plain line, and changes nothing:', () => {
  let target: TransferSite

  beforeAll(async () => {
    target = await openSite()
  })

  afterAll(() => target.close())

  const header = (change: (header: { migration: string; version: number; tables: object[] }) => object) => () =>
    withLines(file, ([first = '', ...rest]) => {
      const { polldock } = JSON.parse(first)
      return [JSON.stringify({ polldock: { ...polldock, ...change(polldock) } }), ...rest]
    })
  const lines = (change: (lines: string[]) => string[]) => () => withLines(file, change)

  test.each([
    ['nothing', () => Buffer.alloc(0), /^The file is no export of Polldock\.|^The file is broken: unexpected end/],
    ['something else', () => Buffer.from('PGDMP'), /^The file is broken: incorrect header check\./],
    ['another text', lines(() => ['{}']), /^The file is no export of Polldock\.$/],
    [
      'a later format',
      header(() => ({ version: 2 })),
      /^The file has version 2 of the format; this Polldock reads 1\.$/,
    ],
    ['a newer Polldock', header(() => ({ migration: '99990101000000_x' })), /of a newer Polldock: .* 99990101000000_x/],
    ['another table', header(({ tables }) => ({ tables: tables.slice(1) })), /^The file has other tables or columns/],
    [
      'a file that is cut short',
      () => file.subarray(0, file.length / 2),
      /^The file is broken: unexpected end of file\./,
    ],
    ['a file without its last lines', lines((all) => all.slice(0, -4)), /^The file is broken: it ends too soon\./],
    [
      'a file with a row less',
      lines((all) => all.toSpliced(2, 1)),
      /^The file is broken: the rows of api_tokens are not/,
    ],
    [
      'a file in which somebody changed a name',
      lines((all) => all.map((line) => line.replace('"Ann"', '"Eve"'))),
      /^The file is broken: the rows of people are not those that were written\./,
    ],
  ] as [string, () => Buffer, RegExp][])('%s', async (_name, broken, message) => {
    const error = await imported(target, broken()).then(undefined, (reason: unknown) => reason)
    expect(error).toBeInstanceOf(StartError)
    expect((error as Error).message).toMatch(message)
    expect((error as Error).message).not.toContain('\n')
    expect(await countPeople(target)).toBe(0)
  })

  test('a small file that unpacks to one huge line is refused early', async () => {
    const megabyte = Buffer.alloc(1_048_576, 'x')
    const huge = Readable.from(Array.from({ length: 400 }, () => megabyte)).pipe(createGzip())
    const [file, before] = [await buffer(huge), process.memoryUsage().rss]
    let read = 0
    const onRead = (bytes: number) => {
      read = bytes
    }
    await expect(imported(target, file, onRead)).rejects.toThrow(
      /^The file is no export of Polldock, or it is broken: .* 16 MiB/,
    )
    expect(read).toBeLessThan(file.length / 4)
    expect(process.memoryUsage().rss - before).toBeLessThan(150_000_000)
  })

  test('after all of that, the valid file is imported, but not twice', async () => {
    expect(await imported(target, file)).toEqual(sums)
    await expect(imported(target, file)).rejects.toThrow(/^The database is not empty: there are rows in api_tokens, /)
    expect(await contentOf(target.prisma)).toEqual(await contentOf(source.prisma))
  })
})

describe('an unusable database is one plain line:', () => {
  test('a data directory in use', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'polldock-transfer-'))
    const release = lockDataDir(dataDir)
    const config = readConfig({ DATA_DIR: dataDir })
    await expect(openDirect(config, { isNew: true })).rejects.toThrow(/is in use by another Polldock\. Stop that one/)
    await expect(openDirect(config, { isNew: false })).rejects.toThrow(/^There is no database in /)
    release()
    await rm(dataDir, { recursive: true })
  })

  test('a database that cannot be reached', async () => {
    const config = readConfig({ DATABASE_URL: 'postgresql://me:hunter2@127.0.0.1:1/polls' })
    const error = await openDirect(config, { isNew: false }).then(undefined, (reason: unknown) => reason)
    expect(error).toBeInstanceOf(StartError)
    expect((error as Error).message).toMatch(/^The database at DATABASE_URL cannot be opened: .*ECONNREFUSED/)
    expect((error as Error).message).not.toContain('hunter2')
  })

  test('a database without tables, to export from', async () => {
    await expect(exported(await emptySite())).rejects.toThrow(/^There is nothing to export/)
  })
})

test.runIf(!isPostgres)('the export works from the folder of an embedded database', async () => {
  const { variables, remove } = await processEnvironment()
  const db = await openDirect(readConfig(variables), { isNew: false })
  expect((await exported({ db })).sums).toHaveLength(models.length)
  await db.close()
  await remove()
})

test.runIf(isPostgres)('the commands write a file for its owner only, and read it', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'polldock-transfer-'))
  const [one, two] = [await processEnvironment(), await processEnvironment()]
  const command = fileURLToPath(new URL('../../prisma/transfer.ts', import.meta.url))
  const run = (name: string, { variables }: ProcessEnvironment) => {
    const env = { PATH: process.env.PATH, ...variables }
    return promisify(execFile)(process.execPath, [command, name, 'polldock.gz'], { cwd: dir, env })
  }
  const { stdout } = await run('export', one)
  expect(stdout).toMatch(/^api_tokens +0 {2}0{32}\n(.*\n)+Exported \d+ tables, as of the migration \w+\.\n$/)
  expect((await stat(join(dir, 'polldock.gz'))).mode & 0o777).toBe(0o600)
  await expect(run('export', one)).rejects.toMatchObject({ code: 1, stderr: expect.stringContaining('already') })
  expect((await run('import', two)).stdout).toBe(stdout.replace('Exported', 'Imported'))
  await Promise.all([one.remove(), two.remove(), rm(dir, { recursive: true })])
})

function foreignKeys({ db }: TransferSite) {
  return db.query("SELECT conname::text, pg_get_constraintdef(oid) FROM pg_constraint WHERE contype = 'f' ORDER BY 1")
}

/** All rows of all tables, through Prisma. */
async function contentOf(prisma: PrismaClient): Promise<Record<string, unknown[]>> {
  const content: Record<string, unknown[]> = {}
  for (const { model } of models) {
    const rows: unknown[] =
      (await (prisma as unknown as Record<string, { findMany(): Promise<unknown[]> }>)[model]?.findMany()) ?? []
    content[model] = rows.map((row) => JSON.stringify(row)).sort()
  }
  return content
}

function person(name: string) {
  return { id: name, name, createdAt: new Date() }
}
