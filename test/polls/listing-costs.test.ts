import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Database } from '../../src/database/database.ts'
import type { PrismaClient } from '../../src/database/generated/client.ts'
import { categoriesInUse, Listings, type PollFilter } from '../../src/polls/queries/listings.ts'
import { openTestDatabase } from '../support/database.ts'
import { createPerson } from '../support/polls.ts'

const polls = 20_000
let database: Database

/** Polls that PostgreSQL has gathered no statistics about, as after many were created, or in the embedded database. */
beforeAll(async () => {
  database = await openTestDatabase()
  const { id } = await createPerson(database)
  await addPolls(id, 1, polls)
})

async function addPolls(createdBy: string, first: number, last: number): Promise<void> {
  const number = `generate_series(${first}, ${last}) AS n`
  const pollId = `'poll' || lpad(n::text, 12, '0')`
  await database.executeSql(`
    INSERT INTO polls (id, status, revision, options_open, total_votes, total_comments, created_by_id, created_at, last_activity_at)
      SELECT ${pollId}, 'open', 1, true, 0, 0, '${createdBy}', now(), now() - n * interval '1 second' FROM ${number};
    INSERT INTO poll_texts (poll_id, title, description, category, category_key)
      SELECT ${pollId}, 'Where to eat lunch on day ' || n || '?', '', category, category
      FROM ${number}, LATERAL (SELECT CASE WHEN n % 2 = 0 THEN 'food' WHEN n = 19999 THEN 'rare' END AS category) AS c`)
}

afterAll(() => database.close())

type Rows = { name: string; rows: number }

/** How many rows of both tables the work reads, by an index or not. The counts of a connection grow. */
function rowsReadBy(work: (prisma: PrismaClient) => Promise<unknown>): Promise<Rows[]> {
  return database.prisma.$transaction(async (tx) => {
    const read = () => tx.$queryRaw<Rows[]>`
      SELECT relname AS name, (coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0))::int AS rows
      FROM pg_stat_xact_user_tables WHERE relname IN ('polls', 'poll_texts') ORDER BY relname`
    const before = await read()
    await work(tx as PrismaClient)
    return (await read()).map(({ name, rows }, index) => ({ name, rows: rows - (before[index]?.rows ?? 0) }))
  })
}

const page = (filter: PollFilter) => (prisma: PrismaClient) =>
  new Listings(prisma).page(filter, { limit: 20 }, 'nobody')

test.each<[string, (prisma: PrismaClient) => Promise<unknown>, number]>([
  ['the first page', page({}), 100],
  ['a frequent category', page({ category: 'Food' }), 200],
  ['a search that finds much', page({ q: 'lunch' }), 200],
  ['a category that one poll has', page({ category: 'Rare' }), 1_200],
  ['a search that finds one', page({ q: 'day 19998' }), 1_200],
  ['a search that finds nothing', page({ q: 'breakfast' }), 1_200],
  ['the suggested categories', categoriesInUse, 1_000],
])('%s reads few of many polls', async (_name, work, most) => {
  for (const { name, rows } of await rowsReadBy(work)) expect(rows, name).toBeLessThanOrEqual(most)
})

test('a search reads few of the texts that the index has not sorted yet', async () => {
  await database.executeSql('VACUUM poll_texts')
  const { id } = await createPerson(database)
  await addPolls(id, polls + 1, polls + 3_000)
  const pages = await database.prisma.$transaction(async (tx) => {
    await tx.$executeRaw`SET LOCAL enable_seqscan = off`
    const [row] = await tx.$queryRaw<[{ 'QUERY PLAN': [{ Plan: Record<string, number> }] }]>`
      EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) SELECT poll_id FROM poll_texts WHERE search LIKE '%breakfast%'`
    const [{ Plan: plan }] = row['QUERY PLAN']
    return (plan['Shared Hit Blocks'] ?? Number.NaN) + (plan['Shared Read Blocks'] ?? Number.NaN)
  })
  // Up to 64 pages of the list (512 kB), and some of the index.
  expect(pages).toBeLessThan(100)
})
