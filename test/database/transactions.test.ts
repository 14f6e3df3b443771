import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Database } from '../../src/database/database.ts'
import { isConstraintViolation } from '../../src/database/failures.ts'
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

/** Inserts these seats in one transaction, which checks at its end that they differ. */
function take(...numbers: number[]): Promise<void> {
  return database.prisma.$transaction(async (tx) => {
    for (const number of numbers) await tx.$executeRaw`INSERT INTO seats VALUES (${number})`
  })
}

describe('a transaction', () => {
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
    const failing = database.prisma.$transaction(async (tx) => {
      await tx.$executeRaw`INSERT INTO seats VALUES (9)`
      throw new Error('changed my mind')
    })
    await expect(failing).rejects.toThrow('changed my mind')
    expect(await seats()).not.toContainEqual({ number: 9 })
  })
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
  })

  test.each(['SELECT * FROM nowhere', "SELECT 'x'::int", 'SELECT 1/0'])('does not include %j', async (sql) => {
    expect(isConstraintViolation(await failureOf(database.prisma.$executeRawUnsafe(sql)))).toBe(false)
  })
})
