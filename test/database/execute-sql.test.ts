import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Database } from '../../src/database/database.ts'
import { openTestDatabase } from '../support/database.ts'

let database: Database

beforeAll(async () => {
  database = await openTestDatabase()
})

afterAll(() => database.close())

test('one statement takes values and returns its rows', async () => {
  expect((await database.executeSql('SELECT $1::int + 1 AS sum', [1])).rows).toEqual([{ sum: 2 }])
})

test('several statements return the rows of all of them', async () => {
  const { rows } = await database.executeSql('BEGIN; SELECT 1 AS one; SELECT 2 AS two; COMMIT')
  expect(rows).toEqual([{ one: 1 }, { two: 2 }])
})

test('a transaction that fails halfway is rolled back, and affects no other query', async () => {
  const half = database.executeSql('BEGIN; CREATE TABLE half (id int); SELECT 1 / 0; COMMIT')
  const other = database.prisma.$transaction((tx) => tx.person.count())
  await expect(half).rejects.toThrow('division by zero')
  expect(await other).toBe(0)
  expect((await database.executeSql("SELECT to_regclass('half') AS half")).rows).toEqual([{ half: null }])
})
