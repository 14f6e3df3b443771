import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { PersonName } from '../../src/people/model/person-name.ts'
import type { Idempotency } from '../../src/polls/ballot-box/batch.ts'
import { anonymousVote, anonymousVoter } from '../support/anonymous-votes.ts'
import { closedAtEnd } from '../support/at-end.ts'
import { castVote } from '../support/cast-vote.ts'
import { openFlowdockApp } from '../support/flowdock-app.ts'
import { visitor } from '../support/pages.ts'
import { placements } from '../support/placement.ts'
import { createPeople } from '../support/polls.ts'
import { type RecordedStatement, recordStatements } from '../support/recorded-statements.ts'
import { pollsOf, type StatementPolls } from '../support/statement-polls.ts'

// docs/scaling.md says what a PostgreSQL that is distributed by poll has to do for a vote, a page and a list.

const app = await closedAtEnd(openFlowdockApp())
const paired = await app.pair()
const people = await createPeople(app.database, 12)
const [ann, bob] = people as [PersonName, PersonName]
const placement = placements()
const tables = await app.database.prisma.$queryRaw<{ table: string; columns: string[] }[]>`
  SELECT t.relname AS "table", array_agg(a.attname::text ORDER BY a.attnum) AS columns
  FROM pg_class t JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped
  WHERE t.relnamespace = 'public'::regnamespace AND t.relkind IN ('r', 'p') GROUP BY 1`
const columns = new Map(tables.map((row) => [row.table, row.columns]))
const isByPoll = (table: string) => placement.get(table) === 'by poll'
const read = (sql: string, directory?: readonly string[]): StatementPolls => pollsOf(sql, columns, isByPoll, directory)

/** Statements of jobs that look through all polls. They run now and then, not with a request. */
const upkeep = [
  {
    sql: '(m.poll_id, m.connection_id) > (',
    because: 'The sweep looks for threads that are behind, in case a job was lost.',
  },
  { sql: 'p.closes_at <= ', because: 'Each second, one statement looks for polls whose closing time has come.' },
  { sql: 'p.remind_hours IS NOT NULL', because: 'Every 15 seconds, one statement looks for reminders that are due.' },
]

/** The statements that take rows of other polls than those that they are given, with the tables of these rows. */
function statementsBeyond(
  statements: readonly RecordedStatement[],
  directory?: readonly string[],
): { sql: string; tables: string[] }[] {
  const texts = [...new Set(statements.map(({ text }) => text))].map((sql) => ({
    sql,
    tables: [...read(sql, directory).beyond].toSorted(),
  }))
  return texts.filter(({ tables }) => tables.length > 0)
}

function withoutUpkeep(statements: readonly RecordedStatement[]): RecordedStatement[] {
  return statements.filter(({ text }) => !upkeep.some(({ sql }) => text.includes(sql)))
}

/** The tables on one machine that a transaction uses together with tables of polls. */
function mixedTables(statements: readonly RecordedStatement[]): string[] {
  const transactions = Map.groupBy(statements, ({ transaction }) => transaction)
  transactions.delete(undefined)
  const mixed = [...transactions.values()].flatMap((all) => {
    const names = new Set(all.flatMap(({ text }) => [...read(text).tables]))
    return [...names].some(isByPoll)
      ? [...names].filter((name) => !isByPoll(name) && placement.get(name) !== 'everywhere')
      : []
  })
  return [...new Set(mixed)].toSorted()
}

describe('of a statement it is known which tables it reads beyond the polls of its parameters', () => {
  test.each([
    ['SELECT * FROM events WHERE poll_id = $1', []],
    ['SELECT * FROM events WHERE revision = $1', ['events']],
    ['SELECT * FROM events WHERE poll_id = $1 OR revision = $2', ['events']],
    ['SELECT * FROM events WHERE NOT poll_id = $1', ['events']],
    ['SELECT * FROM events e JOIN polls p ON p.id = e.poll_id WHERE p.id = ANY($1)', []],
    ['SELECT * FROM events e JOIN polls p ON p.id = e.poll_id', ['events', 'polls']],
    ['SELECT * FROM polls p WHERE p.id IN ($1, $2)', []],
    ['SELECT * FROM polls p WHERE p.id IN (SELECT poll_id FROM events)', ['events', 'polls']],
    ['SELECT * FROM polls p WHERE (p.id, p.revision) IN (SELECT * FROM unnest($1::text[], $2::int[]) AS u(a, b))', []],
    ['SELECT (SELECT count(*) FROM events e WHERE e.poll_id = p.id) FROM polls p WHERE p.id = $1', []],
    ['SELECT (SELECT count(*) FROM events e) FROM polls p WHERE p.id = $1', ['events']],
    [
      'SELECT * FROM jsonb_to_recordset($1) AS a(poll text), LATERAL (SELECT * FROM events WHERE poll_id = a.poll) AS e',
      [],
    ],
    [
      'WITH p AS (SELECT id FROM polls WHERE listed) SELECT * FROM p JOIN events e ON e.poll_id = p.id',
      ['events', 'polls'],
    ],
    [
      'WITH x AS (DELETE FROM events WHERE poll_id = $1 RETURNING poll_id) DELETE FROM comments USING x WHERE comments.poll_id = x.poll_id',
      [],
    ],
    ['INSERT INTO options (poll_id, id) SELECT * FROM jsonb_to_recordset($1) AS r(poll_id text, id text)', []],
    ['INSERT INTO options (id, poll_id) SELECT o.id, o.poll_id FROM options o', ['options']],
    [
      'INSERT INTO options (poll_id, id) VALUES ($1, $2) ON CONFLICT (poll_id, id) DO UPDATE SET title = (SELECT min(title) FROM options)',
      ['options'],
    ],
    ['UPDATE mirrors m SET revision = p.revision FROM polls p WHERE p.id = m.poll_id AND m.poll_id = $1', []],
    ['UPDATE mirrors m SET revision = 1 WHERE m.connection_id = $1', ['mirrors']],
    ['SELECT "public"."polls"."id" FROM "public"."polls" WHERE "public"."polls"."id" = $1', []],
    ['SELECT id FROM polls WHERE id = $1 UNION SELECT poll_id FROM events', ['events']],
  ])('%s', (sql, beyond) => {
    expect([...read(sql).beyond].toSorted()).toEqual(beyond)
  })
})

describe('a change touches the shard of its poll only', () => {
  /** Of the ballot box, each alone. */
  async function commands(): Promise<void> {
    const poll = await app.newPoll(ann, {
      optionsModerated: true,
      remindHours: 1,
      closesAt: new Date(Date.now() + 86_400_000),
    })
    await app.vote(poll, ann)
    await app.vote(poll, bob, 1)
    await app.submit(poll, { by: ann, type: 'setVoteAside', voter: bob, reason: 'A test' })
    await app.submit(poll, { by: ann, type: 'restoreVote', voter: bob })
    await app.submit(poll, { by: bob, type: 'addOption', option: { id: 'soup', title: 'Soup' } })
    await app.submit(poll, { by: ann, type: 'approveProposal', optionId: 'soup' })
    await app.submit(poll, { by: bob, type: 'addOption', option: { id: 'stew', title: 'Stew' } })
    await app.submit(poll, { by: ann, type: 'dismissProposal', optionId: 'stew' })
    await app.submit(poll, { by: ann, type: 'renameOption', optionId: 'soup', title: 'Broth', isConfirmed: true })
    await app.submit(poll, { by: ann, type: 'removeOption', optionId: poll.options[1]?.id ?? '', isConfirmed: true })
    await app.submit(poll, { by: bob, type: 'comment', body: 'Hungry' })
    const { revision } = await app.database.prisma.comment.findFirstOrThrow({ where: { pollId: poll.id } })
    await app.submit(poll, { by: bob, type: 'editComment', comment: revision, body: 'Very hungry' })
    await app.submit(poll, { by: bob, type: 'deleteComment', comment: revision })
    await app.submit(poll, { by: ann, type: 'edit', description: 'At noon', votersSignedIn: true })
    await app.submit(poll, { by: ann, type: 'edit', votersSignedIn: false })
    await app.submit(poll, { by: ann, type: 'remind', people: 1 })
    await app.submit(poll, { by: ann, type: 'withdrawVote' })
    await app.submit(poll, { by: ann, type: 'close' })
    await app.submit(poll, { by: ann, type: 'archive' })
    await app.submit(poll, { by: ann, type: 'unarchive' })
    await app.submit(poll, { by: ann, type: 'reopen' })
  }

  async function otherPolls(): Promise<void> {
    const secret = await app.newPoll(ann, { anonymous: true })
    await app.submit(secret, anonymousVote(secret, anonymousVoter(bob), 0))
    await app.submit(secret, { by: ann, type: 'close' })
    const ranked = await app.newPoll(ann, { method: 'ranked' })
    await app.vote(ranked, ann)
    await app.submit(ranked, { by: ann, type: 'close' })
    const listed = await app.newPoll(ann, { roll: ['Person 1', 'Person 2'] })
    await app.vote(listed, ann)
    await app.submit(listed, { by: ann, type: 'changeVoterList', voters: ['Person 1', 'Person 3'] })
    const deleted = await app.newPoll(ann)
    await app.submit(deleted, { by: ann, type: 'delete' })
  }

  async function votesOfManyPolls(): Promise<void> {
    const polls = await Promise.all(people.map((by) => app.newPoll(by)))
    await Promise.all(people.flatMap((by, index) => polls.map((poll) => app.vote(poll, by, index % 3))))
  }

  async function repeated(): Promise<void> {
    const poll = await app.newPoll(ann)
    const idempotency: Idempotency = { key: 'once', fingerprint: 'vote', answer: () => ({}) }
    const vote = { pollId: poll.id, command: castVote(poll, bob), idempotency }
    await app.services.ballotBox.submitOnce(vote)
    await app.services.ballotBox.submitOnce(vote)
  }

  async function delivery(): Promise<void> {
    const poll = await app.newPoll(ann, { title: 'Where to?' })
    await app.vote(poll, bob)
    await expect.poll(() => app.titles(paired)).toContain('asks: Where to?')
    const behind = () => app.database.prisma.mirror.count({ where: { pollId: poll.id, revision: { lt: 2 } } })
    await expect.poll(behind).toBe(0)
  }

  const jobs = ['pgboss.job_common', 'pgboss.queue']

  test.each([
    ['every command', commands, jobs],
    ['anonymous polls, rankings and voter lists', otherPolls, jobs],
    ['votes that arrive together in many polls', votesOfManyPolls, jobs],
    ['a request with an idempotency key', repeated, ['idempotency_keys', ...jobs]],
  ])('%s', async (_name, work, oneMachine) => {
    const statements = await recordStatements(work)
    expect(statements.length).toBeGreaterThan(10)
    expect(statementsBeyond(statements)).toEqual([])
    expect(mixedTables(statements)).toEqual(oneMachine)
  })

  test('delivery to a chat', async () => {
    const hasCleanedUp = () => app.database.executeSql(`SELECT state FROM pgboss.job WHERE name = 'clean-up'`)
    await expect.poll(hasCleanedUp).toMatchObject({ rows: [{ state: 'completed' }] })
    const statements = withoutUpkeep(await recordStatements(delivery, true))
    expect(statements.some(({ text }) => text.includes('UPDATE mirrors'))).toBe(true)
    expect(statementsBeyond(statements)).toEqual([])
    expect(mixedTables(statements)).toEqual(jobs)
  })

  test('except for jobs that look through all polls', () => {
    const sources = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.ts'))
    const texts = sources.map((path) => readFileSync(join('src', path), 'utf8'))
    expect(upkeep.filter(({ sql }) => !texts.some((text) => text.includes(sql)))).toEqual([])
  })
})

test('the page of a poll is read from the shard of its poll only', async () => {
  const poll = await app.newPoll(ann)
  await app.vote(poll, ann)
  await app.submit(poll, { by: bob, type: 'comment', body: 'Hungry' })
  const reader = await visitor(app, 'Rita')
  const statements = await recordStatements(async () => {
    await reader.get(`/polls/${poll.id}`)
    expect((await reader.follow()).body).toContain('Hungry')
    expect((await reader.get(`/api/polls/${poll.id}`)).statusCode).toBe(200)
    expect((await reader.get(`/api/polls/${poll.id}/events`)).statusCode).toBe(200)
  })
  expect(statements.length).toBeGreaterThan(3)
  expect(statementsBeyond(statements)).toEqual([])
})

describe('lists and searches choose polls by the directory alone, and take the rest from these polls', () => {
  const directory = ['polls', 'poll_texts']

  test.each(['/', '/?status=closed', '/?category=Food', '/?q=lunch', '/?q=xy', '/api/polls?q=lunch'])(
    '%s',
    async (path) => {
      const reader = await visitor(app, 'Rita')
      const statements = await recordStatements(async () => {
        expect((await reader.get(path)).statusCode).toBe(200)
      })
      expect(statementsBeyond(statements)).not.toEqual([])
      expect(statementsBeyond(statements, directory)).toEqual([])
    },
  )
})
