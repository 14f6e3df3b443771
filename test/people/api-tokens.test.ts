import { createHash } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Database } from '../../src/database/database.ts'
import { ApiTokens } from '../../src/people/api-tokens.ts'
import { hour, minute, TestClock } from '../support/clock.ts'
import { openTestDatabase } from '../support/database.ts'
import { createPerson, refusalOf } from '../support/polls.ts'

const clock = new TestClock()
let database: Database
let tokens: ApiTokens

beforeAll(async () => {
  database = await openTestDatabase()
  tokens = new ApiTokens(database.prisma, clock.now)
})

afterAll(() => database.close())

test('a token identifies its person', async () => {
  const ann = await createPerson(database)
  const { token } = await tokens.create(ann.id, 'My script')
  expect(await tokens.find(token)).toEqual({ ...ann, isSignedIn: false })
})

test('the database holds the hash of the token, not the token', async () => {
  const ann = await createPerson(database)
  const { id, token } = await tokens.create(ann.id, 'My script')
  const row = await database.prisma.apiToken.findUniqueOrThrow({ where: { id } })
  expect(Buffer.from(row.tokenHash)).toEqual(createHash('sha256').update(token).digest())
  expect(JSON.stringify(row)).not.toContain(token)
})

test('tokens are listed newest first, without their secrets', async () => {
  const ann = await createPerson(database)
  const first = await tokens.create(ann.id, 'First')
  const firstAt = clock.now()
  clock.advance(minute)
  const second = await tokens.create(ann.id, 'Second')
  expect(await tokens.list(ann.id)).toEqual([
    { id: second.id, name: 'Second', createdAt: clock.now(), lastUsedAt: null },
    { id: first.id, name: 'First', createdAt: firstAt, lastUsedAt: null },
  ])
})

test('a revoked token is invalid', async () => {
  const ann = await createPerson(database)
  const { id, token } = await tokens.create(ann.id, 'My script')
  await tokens.revoke(ann.id, id)
  expect(await tokens.find(token)).toBeUndefined()
  expect(await refusalOf(tokens.revoke(ann.id, id))).toBe('not_found')
})

test('the token of another person cannot be revoked', async () => {
  const [ann, bob] = [await createPerson(database), await createPerson(database)]
  const { id, token } = await tokens.create(ann.id, 'My script')
  expect(await refusalOf(tokens.revoke(bob.id, id))).toBe('not_found')
  expect(await tokens.find(token)).toEqual({ ...ann, isSignedIn: false })
})

test('the last use of a token is stored, at most once an hour', async () => {
  const ann = await createPerson(database)
  const { token } = await tokens.create(ann.id, 'My script')
  const lastUsedAt = async () => (await tokens.list(ann.id))[0]?.lastUsedAt
  const first = clock.now()
  await tokens.find(token)
  expect(await lastUsedAt()).toEqual(first)
  clock.advance(hour)
  await tokens.find(token)
  expect(await lastUsedAt()).toEqual(first)
  clock.advance(1)
  await tokens.find(token)
  expect(await lastUsedAt()).toEqual(clock.now())
})

test('a person has at most 50 tokens', async () => {
  const ann = await createPerson(database)
  for (let count = 0; count < 50; count++) await tokens.create(ann.id, `Token ${count}`)
  expect(await refusalOf(tokens.create(ann.id, 'One more'))).toBe('forbidden')
})
