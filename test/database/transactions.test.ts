import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest'
import type { Database } from '../../src/database/database.ts'
import type { Sql } from '../../src/database/direct-sql.ts'
import { isConstraintViolation, unavailability } from '../../src/database/failures.ts'
import { openTestDatabase } from '../support/database.ts'

let database: Database

beforeAll(async () => {
  database = await openTestDatabase()
  await database.prisma.$executeRawUnsafe(
    'CREATE TABLE seats (number INTEGER CONSTRAINT one_each UNIQUE DEFERRABLE INITIALLY DEFERRED)',
  )
})

afterAll(() => database.close())

const seats = () => database.prisma.$queryRaw<{ number: number }[]>`SELECT number FROM seats ORDER BY number`

type Transact = <T>(work: (tx: Sql) => Promise<T>) => Promise<T>

describe.each<[string, Transact]>([
  ['of Prisma', (work) => database.prisma.$transaction(work)],
  ['without Prisma', (work) => database.transaction(work)],
])('a transaction %s', (_kind, transact) => {
  /** Inserts these seats in one transaction, which checks at its end that they differ. */
  const take = (...numbers: number[]) =>
    transact(async (tx) => {
      for (const number of numbers) await tx.$executeRaw`INSERT INTO seats VALUES (${number})`
    })

  beforeEach(() => database.prisma.$executeRaw`TRUNCATE seats`)

  test('that fails to commit is rejected and leaves nothing', async () => {
    await expect(take(1, 1)).rejects.toThrow(/one_each|UniqueConstraintViolation/)
    expect(await seats()).toEqual([])
  })

  test('after a failed commit succeeds', async () => {
    await take(7, 7).catch(() => {})
    await take(2, 3)
    expect(await seats()).toEqual([{ number: 2 }, { number: 3 }])
  })

  test('that throws leaves nothing', async () => {
    const failing = transact(async (tx) => {
      await tx.$executeRaw`INSERT INTO seats VALUES (9)`
      throw new Error('changed my mind')
    })
    await expect(failing).rejects.toThrow('changed my mind')
    expect(await seats()).not.toContainEqual({ number: 9 })
  })
})

test('a transaction without Prisma that continues after a failed statement is rejected and leaves nothing', async () => {
  const failing = database.transaction(async (tx) => {
    await tx.$executeRaw`INSERT INTO seats VALUES (9)`
    await tx.$queryRaw`SELECT 1 / 0`.catch(() => {})
  })
  await expect(failing).rejects.toThrow()
  expect(await seats()).not.toContainEqual({ number: 9 })
})

const isEmbedded = inject('database').kind === 'embedded'

test.skipIf(isEmbedded)('a transaction without Prisma whose connection breaks is rejected as unavailable', async () => {
  const breaking = database.transaction(async (tx) => {
    const [own] = await tx.$queryRaw<{ pid: number }[]>`SELECT pg_backend_pid() AS pid`
    await database.sql.$queryRaw`SELECT pg_terminate_backend(${own?.pid}::int)`
    // The connection breaks while no statement runs.
    await sleep(100)
    await tx.$queryRaw`SELECT 1`
  })
  expect(unavailability(await breaking.catch((error: unknown) => error))?.code).toBe('unavailable')
  expect(await database.transaction((tx) => tx.$queryRaw`SELECT 1 AS one`)).toEqual([{ one: 1 }])
})

describe('a constraint violation', () => {
  const failureOf = (promise: Promise<unknown>) => promise.then(undefined, (error: unknown) => error)

  test.each([
    ['a foreign key', "INSERT INTO sessions VALUES ('\\x00', 'nobody', now(), now())"],
    ['a primary key', "INSERT INTO people VALUES ('twice', 'A', now()), ('twice', 'B', now())"],
    ['NOT NULL', "INSERT INTO people VALUES ('nameless', NULL, now())"],
    ['a check', 'INSERT INTO ballots VALUES (NULL)'],
  ])('of %s is recognised', async (_kind, sql) => {
    expect(isConstraintViolation(await failureOf(database.prisma.$executeRawUnsafe(sql)))).toBe(true)
    expect(isConstraintViolation(await failureOf(database.sql.$queryRawUnsafe(sql)))).toBe(true)
  })

  test.each(['SELECT * FROM nowhere', "SELECT 'x'::int", 'SELECT 1/0'])('does not include %j', async (sql) => {
    expect(isConstraintViolation(await failureOf(database.prisma.$executeRawUnsafe(sql)))).toBe(false)
    expect(isConstraintViolation(await failureOf(database.sql.$queryRawUnsafe(sql)))).toBe(false)
  })
})
