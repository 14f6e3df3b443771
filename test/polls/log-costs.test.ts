import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Database } from '../../src/database/database.ts'
import type { PersonName } from '../../src/people/model/person-name.ts'
import { mayBeInLogs } from '../../src/polls/queries/polls-involving.ts'
import { openTestDatabase } from '../support/database.ts'
import { createPerson } from '../support/polls.ts'

let database: Database
let ann: PersonName
let bob: PersonName

/** Forty short logs, and a long one of an old poll, of which PostgreSQL has gathered statistics. Ann is in the last of them. */
beforeAll(async () => {
  database = await openTestDatabase()
  ann = await createPerson(database)
  bob = await createPerson(database)
  const pollId = `'poll' || lpad(n::text, 12, '0')`
  await database.executeSql(`
    INSERT INTO polls (id, status, revision, options_open, total_votes, total_comments, created_by_id, created_at, last_activity_at)
      SELECT ${pollId}, 'open', 3, true, 0, 0, '${bob.id}', now(),
        now() - CASE WHEN n = 0 THEN interval '1 day' ELSE interval '0' END FROM generate_series(0, 40) AS n;
    INSERT INTO events (poll_id, revision, type, actor_id, at, facts)
      SELECT ${pollId}, r, 'commented', CASE WHEN n = 40 AND r = 3 THEN '${ann.id}' ELSE '${bob.id}' END, now(), '{}'
      FROM generate_series(0, 40) AS n, generate_series(1, CASE WHEN n = 0 THEN 50000 ELSE 3 END) AS r`)
  await database.executeSql('ANALYZE')
})

afterAll(() => database.close())

test('whether a person is named in logs is read from short logs only, with statistics too', async () => {
  const stranger = await createPerson(database)
  const found = await database.prisma.$transaction(async (tx) => {
    const read = () => tx.$queryRaw<{ rows: number }[]>`
      SELECT (coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0))::int AS rows
      FROM pg_stat_xact_user_tables WHERE relname = 'events'`
    const isNamed = async ({ id }: PersonName) =>
      (await tx.$queryRaw<{ isNamed: boolean }[]>`SELECT ${mayBeInLogs(id)} AS "isNamed"`)[0]?.isNamed
    const [before] = await read()
    const named = [await isNamed(ann), await isNamed(stranger)]
    const [after] = await read()
    return { named, rows: (after?.rows ?? 0) - (before?.rows ?? 0) }
  })
  expect(found.named).toEqual([true, false])
  expect(found.rows).toBeLessThanOrEqual(1_000)
})
