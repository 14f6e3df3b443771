import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import type { Remote } from './processes/remote.ts'
import type { ServerCalls } from './processes/server.ts'
import { type BenchPoll, voterToken } from './requests.ts'

type BenchServer = Remote<ServerCalls>

/** The maximum number of voters of a run. Each run gets polls in which none of them has voted yet. */
export const maxVoters = 60_000

/** A number of rows that keeps a statement well within the app's timeouts. */
const chunk = 20_000
const padded = (number: string) => `'bench' || lpad((${number})::text, 38, '0')`
const personId = (kind: string, number: string) => `left(md5('${kind} ' || ${number}), 14)`

/** Voters have a fresh session and token, and a Flowdock account. So votes include no daily or hourly extra work. */
export async function addVoters(server: BenchServer): Promise<void> {
  const everyVoter = `generate_series(0, ${maxVoters - 1}) AS n`
  const hash = `sha256(convert_to(${padded('n')}, 'UTF8'))`
  const statements = [
    `INSERT INTO people (id, name, created_at)
      SELECT ${personId('voter', 'n')}, 'Voter ' || n, now() FROM ${everyVoter}`,
    `INSERT INTO sessions (token_hash, person_id, created_at, expires_at)
      SELECT ${hash}, ${personId('voter', 'n')}, now(), now() + interval '90 days' FROM ${everyVoter}`,
    `INSERT INTO api_tokens (id, person_id, name, token_hash, created_at, last_used_at)
      SELECT ${personId('token', 'n')}, ${personId('voter', 'n')}, 'bench', ${hash}, now(), now() FROM ${everyVoter}`,
    `INSERT INTO chat_accounts (chat, account_id, person_id, name, sees, linked_at)
      SELECT 'flowdock', n, ${personId('voter', 'n')}, 'Voter ' || n, '{}', now() FROM ${everyVoter}`,
  ]
  // Together they would take longer than a transaction may.
  for (const statement of statements) await server.sql([statement])
}

export async function voterIds(server: BenchServer): Promise<string[]> {
  const rows = await server.rows('SELECT p.id FROM people p JOIN api_tokens t ON t.person_id = p.id')
  return rows.map(({ id }) => id as string)
}

/** The fields of a new poll except its title. The default is a single choice of five options. */
export type PopulationRequest = { method?: string; options?: string[]; anonymous?: boolean }

/** Polls made through the API. */
export async function createPolls(port: number, count: number, asked: PopulationRequest = {}): Promise<BenchPoll[]> {
  return Promise.all(Array.from({ length: count }, (_, index) => createPoll(port, index, asked)))
}

/** The embedded database is busy while it is filled: Polldock then answers 503 with Retry-After. */
export async function whenNotBusy(url: string, init?: RequestInit): Promise<Response> {
  for (;;) {
    const response = await fetch(url, init)
    if (response.status !== 503) return response
    await response.body?.cancel()
    await sleep(100)
  }
}

const titles = ['Noodles around the corner', 'The canteen', 'Pizza', 'Something green', 'I bring my own']

async function createPoll(port: number, index: number, asked: PopulationRequest): Promise<BenchPoll> {
  const response = await whenNotBusy(`http://127.0.0.1:${port}/api/polls`, {
    method: 'POST',
    headers: { authorization: `Bearer ${voterToken(0)}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      title: `Where do we eat on day ${index + 1}?`,
      description: 'At noon.',
      options: titles,
      ...asked,
    }),
  })
  if (response.status !== 201) throw new Error(`A poll was not created: ${response.status} ${await response.text()}`)
  const { id, url, options } = (await response.json()) as { id: string; url: string; options: { id: string }[] }
  return { id, path: new URL(url).pathname, options: options.map((option) => option.id) }
}

/** Fills a new poll with votes as if they had been cast one by one: ballots, tallies, log and revision agree. */
export async function fillPoll(server: BenchServer, poll: BenchPoll, votes: number): Promise<void> {
  await fill(server, poll, votes, `ARRAY[(ARRAY['${poll.options.join("','")}'])[1 + n % ${poll.options.length}]]`)
}

/** Fills a new poll with rankings of all options, nearly no two alike. */
export async function fillRanking(server: BenchServer, poll: BenchPoll, votes: number): Promise<void> {
  const shuffled = `SELECT array_agg(o ORDER BY md5(n || o)) FROM unnest(ARRAY['${poll.options.join("','")}']) AS o`
  await fill(server, poll, votes, `(${shuffled})`)
}

/** @param choices SQL for the choices of voter `n` */
async function fill(server: BenchServer, { id }: BenchPoll, votes: number, choices: string): Promise<void> {
  for (let from = 1; from <= votes; from += chunk) {
    const some = `generate_series(${from}, ${Math.min(votes, from + chunk - 1)}) AS n`
    await server.sql([
      `INSERT INTO people (id, name, created_at)
        SELECT ${personId('filler', 'n')}, 'Filler ' || n, now() FROM ${some} ON CONFLICT DO NOTHING`,
      `INSERT INTO ballots (poll_id, person_id, choices, revision)
        SELECT '${id}', ${personId('filler', 'n')}, ${choices}, n + 1 FROM ${some}`,
      `INSERT INTO events (poll_id, revision, type, actor_id, at, facts)
        SELECT '${id}', n + 1, 'voted', ${personId('filler', 'n')}, now(),
          jsonb_build_object('choices', to_jsonb(${choices})) FROM ${some}`,
    ])
  }
  await server.sql([
    `UPDATE options o SET votes = (SELECT count(*) FROM ballots b WHERE b.poll_id = '${id}' AND o.id = b.choices[1])
      WHERE poll_id = '${id}'`,
    `UPDATE polls SET total_votes = ${votes}, revision = ${votes + 1}, last_activity_at = now() WHERE id = '${id}'`,
  ])
}

/** The columns in which the rows of copied polls differ, as SQL for copy `n`. Every tenth poll is about food. */
const copied = {
  polls: {
    id: copyId('p.id'),
    created_at: `p.created_at - n * interval '1 second'`,
    last_activity_at: `p.last_activity_at - n * interval '1 second'`,
  },
  poll_texts: {
    poll_id: copyId('p.poll_id'),
    title: `'Where do we eat on ' || md5(n::text) || '?'`,
    category: `CASE WHEN n % 10 = 0 THEN 'Food' END`,
    category_key: `CASE WHEN n % 10 = 0 THEN 'food' END`,
  },
  options: { poll_id: copyId('p.poll_id') },
  events: { poll_id: copyId('p.poll_id') },
}

function copyId(original: string): string {
  return `left(md5('copy ' || n), length(${original}))`
}

/** Adds the copies `from` to `to - 1` of a poll that has no votes. Works with the columns of every build. */
export async function copyPolls(server: BenchServer, poll: BenchPoll, from: number, to: number): Promise<void> {
  const columns = await server.rows(
    `SELECT table_name AS "table", array_agg(column_name::text) AS names FROM information_schema.columns
      WHERE table_schema = 'public' AND is_generated = 'NEVER' GROUP BY 1`,
  )
  for (let first = from; first < to; first += chunk) {
    const numbers = `generate_series(${first}, ${Math.min(to, first + chunk) - 1}) AS n`
    const statements = Object.entries(copied).map(([table, changed]) => {
      const names = columns.find((one) => one.table === table)?.names as string[]
      const values = names.map((name) => (changed as Record<string, string>)[name] ?? `p.${name}`)
      const id = table === 'polls' ? 'id' : 'poll_id'
      return `INSERT INTO ${table} (${names}) SELECT ${values} FROM ${table} p, ${numbers} WHERE p.${id} = '${poll.id}'`
    })
    await server.sql(statements)
  }
}

/** Does the work of autovacuum. The embedded database has no such thing, and is left unchanged. */
export async function tidy(databaseUrl: string | undefined): Promise<void> {
  if (!databaseUrl) return
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  await client.query('VACUUM ANALYZE')
  await client.end()
}

/** The number of votes according to each place that counts them. */
export type PopulationTally = { totalVotes: number; optionVotes: number; ballots: number; events: number }

export async function tally(server: BenchServer, polls: BenchPoll[]): Promise<PopulationTally> {
  const ids = `ANY(ARRAY['${polls.map(({ id }) => id).join("','")}'])`
  const [row] = await server.rows(`SELECT
    (SELECT sum(total_votes)::int FROM polls WHERE id = ${ids}) AS "totalVotes",
    (SELECT sum(votes)::int FROM options WHERE poll_id = ${ids}) AS "optionVotes",
    (SELECT count(*)::int FROM ballots WHERE poll_id = ${ids}) AS ballots,
    (SELECT sum(revision - 1)::int FROM polls WHERE id = ${ids}) AS events`)
  return row as PopulationTally
}
