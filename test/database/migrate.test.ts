import { readdir } from 'node:fs/promises'
import pg from 'pg'
import { afterEach, beforeEach, describe, expect, inject, onTestFinished, test } from 'vitest'
import { buildApp } from '../../src/app.ts'
import { readConfig } from '../../src/config.ts'
import { openPostgres } from '../../src/database/open.ts'
import { migrationsDir } from '../../src/database/schema-engine.ts'
import { startJobs } from '../../src/jobs/jobs.ts'
import { openServices } from '../../src/services.ts'
import { type EmptyDatabase, openEmptyDatabase } from '../support/empty-database.ts'
import { ownMigrations, writeMigrations } from '../support/migrations.ts'
import { startVoters } from '../support/voters.ts'

let database: EmptyDatabase

beforeEach(async () => {
  database = await openEmptyDatabase()
})

afterEach(() => database.close())

test('an empty database gets every migration, once', async () => {
  const folders = (await readdir(migrationsDir, { withFileTypes: true })).filter((entry) => entry.isDirectory())
  expect(await database.migrate()).toEqual(folders.map(({ name }) => name).sort())
  expect(await database.migrate()).toEqual([])
})

test('an older database gets the missing migrations in order', async () => {
  const [one, two, three] = ['CREATE TABLE one ()', 'CREATE TABLE two ()', 'ALTER TABLE two RENAME TO three'] as const
  await database.migrate(await writeMigrations({ '1_one': one }))
  const dir = await writeMigrations({ '3_three': three, '1_one': one, '2_two': two })
  expect(await database.migrate(dir)).toEqual(['2_two', '3_three'])
})

// All missing migrations are one transaction, in which PostgreSQL refuses to use a value that it adds to an older enum.
test('a database from before any new value of an enum gets all later migrations at once', async () => {
  const all = Object.entries(await ownMigrations())
  const adding = all.flatMap(([, script], index) => (script.includes('ADD VALUE') ? [index] : []))
  expect(adding.length).toBeGreaterThanOrEqual(4)
  for (const index of adding) {
    const older = await openEmptyDatabase()
    await older.migrate(await writeMigrations(Object.fromEntries(all.slice(0, index))))
    expect(await older.migrate()).toEqual(all.slice(index).map(([name]) => name))
    await older.close()
  }
})

test('a migration that is half done is reported, although no other is missing', async () => {
  const dir = await writeMigrations({ '1_one': 'CREATE TABLE one ()' })
  await database.migrate(dir)
  await database.query(`INSERT INTO _prisma_migrations (id, checksum, migration_name) VALUES ('2', '', '2_two')`)
  await expect(database.migrate(dir)).rejects.toThrow('2_two')
})

test('semicolons in strings, comments and functions do not end a statement', async () => {
  const script = `
    -- One; two.
    CREATE TABLE notes (text TEXT NOT NULL DEFAULT 'a;b');
    CREATE FUNCTION note() RETURNS INTEGER LANGUAGE plpgsql AS $body$
    BEGIN
      INSERT INTO notes DEFAULT VALUES; INSERT INTO notes VALUES ('c;'';d');
      RETURN 2;
    END;
    $body$;
    SELECT note();`
  await database.migrate(await writeMigrations({ '1_notes': script }))
  expect(await database.query('SELECT text FROM notes')).toEqual([{ text: 'a;b' }, { text: "c;';d" }])
})

describe('a migration that fails', () => {
  const broken = 'CREATE TABLE half (id INTEGER); INSERT INTO half VALUES (1); SELECT * FROM nowhere;'
  const failure = 'The migration 2_broken failed: relation "nowhere" does not exist'

  test('is reported with its name and reason at every start', async () => {
    const dir = await writeMigrations({ '1_fine': 'CREATE TABLE fine ()', '2_broken': broken })
    await expect(database.migrate(dir)).rejects.toThrow(failure)
    await expect(database.migrate(dir)).rejects.toThrow(failure)
  })

  test('leaves the database as it was', async () => {
    const dir = await writeMigrations({ '1_fine': 'CREATE TABLE fine ()', '2_broken': broken })
    await database.migrate(dir).catch(() => {})
    expect(await database.query("SELECT * FROM information_schema.tables WHERE table_schema = 'public'")).toEqual([])
  })

  test('can be corrected and tried again', async () => {
    await database.migrate(await writeMigrations({ '1_broken': broken })).catch(() => {})
    expect(await database.migrate(await writeMigrations({ '1_broken': 'CREATE TABLE half ()' }))).toEqual(['1_broken'])
  })

  test('is noticed at its last statement too', async () => {
    const dir = await writeMigrations({ '1_broken': 'CREATE TABLE fine (); ALTER TABLE fine ADD CHECK (nothing > 1)' })
    await expect(database.migrate(dir)).rejects.toThrow(
      'The migration 1_broken failed: column "nothing" does not exist',
    )
  })
})

describe.runIf(inject('database').kind === 'postgres')('processes that start at once', () => {
  test('migrate an empty database once', async () => {
    const databases = await Promise.all(Array.from({ length: 5 }, () => openPostgres(database.url)))
    const migrations = await database.query('SELECT migration_name FROM _prisma_migrations')
    expect(migrations).toHaveLength(new Set(migrations.map((row) => JSON.stringify(row))).size)
    await Promise.all(databases.map((one) => one.close()))
  })

  test('all become ready', async () => {
    const task = { url: database.url, poll: { id: '', options: [] }, voters: [] }
    const processes = await Promise.all([startVoters(task), startVoters(task), startVoters(task)])
    const reports = await Promise.all(processes.map((one) => one.vote()))
    expect(reports).toEqual(Array(3).fill({ answered: 0, failed: [] }))
  })

  test('do not wait for a running process', async () => {
    const running = await openPostgres(database.url)
    const locks = () => database.query("SELECT pid FROM pg_locks WHERE locktype = 'advisory'")
    await expect.poll(locks).toEqual([])
    await running.close()
  })
})

test.runIf(inject('database').kind === 'postgres')(
  'a role that is no superuser can do everything that Polldock does',
  async () => {
    const { server } = inject('database') as { server: string }
    const name = `role_${crypto.randomUUID().replaceAll('-', '')}`
    const client = new pg.Client({ connectionString: `${server}/postgres` })
    await client.connect()
    // Creates the role and database like docker/postgres-role.sh.
    await client.query(
      `CREATE ROLE ${name} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS PASSWORD 'secret'`,
    )
    await client.query(`CREATE DATABASE ${name} OWNER ${name} TEMPLATE template0`)
    onTestFinished(async () => {
      await client.query(`DROP DATABASE ${name} WITH (FORCE)`)
      await client.query(`DROP ROLE ${name}`)
      await client.end()
    })
    const url = Object.assign(new URL(`${server}/${name}`), { username: name, password: 'secret' }).href
    const opened = await openServices(readConfig({ DATABASE_URL: url, SECRET: 'x'.repeat(32), LOG_LEVEL: 'silent' }))
    const app = await buildApp(opened.services)
    const jobs = await startJobs(opened.services, app.log)
    expect((await app.inject('/health/ready')).statusCode).toBe(200)
    const answer = await app.inject({ method: 'POST', url: '/api/guests', payload: { name: 'Ann' } })
    expect(answer.statusCode).toBe(201)
    await jobs.stop()
    await app.close()
    await opened.close()
  },
)
