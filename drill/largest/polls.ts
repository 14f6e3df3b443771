import { readConfig } from '../../src/config.ts'
import { newOptionId, newPollId } from '../../src/polls/model/ids.ts'
import type { PollMethod } from '../../src/polls/model/poll-rules.ts'
import { openServices } from '../../src/services.ts'
import type { Visitor } from '../naughty/visitor.ts'

const [comments, ownPolls, chunk] = [10_000, 200, 5_000]
const optionCount = 50
const personId = `left(md5('voter ' || n), 14)`

/** The cost of reading a ranking grows with its ballots; other counts are kept. */
const votersIn: Record<PollMethod, number> = {
  single_choice: 100_000,
  multiple_choice: 10_000,
  ranked: 100_000,
  score: 10_000,
  dates: 10_000,
}

/** What a ballot of each method says, in SQL: `o` are the options' ids. */
const ballots: Record<PollMethod, string> = {
  single_choice: 'SELECT ARRAY[o[1 + n % cardinality(o)]]',
  multiple_choice: 'SELECT o',
  ranked: 'SELECT array_agg(id ORDER BY md5(n || id)) FROM unnest(o) AS id',
  score: `SELECT array_agg(id || '=' || 1 + n % 5) FROM unnest(o) AS id`,
  dates: `SELECT array_agg(id || '=yes') FROM unnest(o) AS id`,
}

/**
 * Fills a database with polls of each method at their limits, all by the one person who has signed in: 100,000 voters who
 * name all options, long titles and texts, 10,000 comments.
 */
export async function addLargestPolls(variables: Record<string, string>): Promise<Map<string, Visitor['poll']>> {
  const { services, close } = await openServices(readConfig(variables))
  const sql = (text: string) => services.database.executeSql(text)
  const { rows } = await sql('SELECT p.id, p.name FROM people p JOIN chat_accounts a ON a.person_id = p.id')
  const [by] = rows as [{ id: string; name: string }]
  for (let from = 1; from <= 100_000; from += chunk)
    await sql(`INSERT INTO people (id, name, created_at) SELECT ${personId}, 'Voter ' || n, now() FROM ${range(from)}`)
  const polls = new Map<string, Visitor['poll']>()
  for (const method of Object.keys(ballots) as PollMethod[]) {
    const [pollId, voters] = [newPollId(), votersIn[method]]
    const options = Array.from({ length: optionCount }, (_, place) => ({
      id: newOptionId(),
      title: titleOf(method, place),
    }))
    const title = `A large poll, ${method} `.padEnd(200, 'and a long title ')
    const texts = { title, description: 'A long description. '.repeat(250), category: '', optionsOpen: true }
    const rules = method === 'dates' ? { method, timeZone: 'UTC' } : { method }
    await services.ballotBox.submit({ pollId, command: { by, type: 'create', ...texts, ...rules, options } })
    for (let from = 1; from <= voters; from += chunk) await addVotes(sql, pollId, method, from)
    await sql(`INSERT INTO events (poll_id, revision, type, actor_id, at, facts)
      SELECT '${pollId}', ${voters} + 1 + n, 'commented', '${by.id}', now(), '{}' FROM generate_series(1, ${comments}) AS n`)
    await sql(`INSERT INTO comments (poll_id, revision, author_id, at, body)
      SELECT '${pollId}', ${voters} + 1 + n, '${by.id}', now(), repeat('See https://example.org/' || n || ' . ', 140)
      FROM generate_series(1, ${comments}) AS n`)
    await sql(`UPDATE options SET votes = ${voters} / ${optionCount} WHERE poll_id = '${pollId}'`)
    await sql(`UPDATE polls SET total_votes = ${voters}, total_comments = ${comments}, revision = ${voters + comments + 1}
      WHERE id = '${pollId}'`)
    const path = `http://polldock.test/polls/${pollId}`
    polls.set(method, { id: pollId, url: path, options } as unknown as Visitor['poll'])
  }
  for (let poll = 0; poll < ownPolls; poll++) {
    const options = ['Yes', 'No'].map((title) => ({ id: newOptionId(), title }))
    const texts = { title: `Poll ${poll} `.padEnd(150, 'of many '), description: '', category: '', optionsOpen: true }
    await services.ballotBox.submit({ pollId: newPollId(), command: { by, type: 'create', ...texts, options } })
  }
  // A chat would get 50,000 comments, each with its whole thread: the sandbox, in this process, has no room for them.
  await sql('UPDATE mirrors m SET revision = p.revision, attempting = NULL FROM polls p WHERE p.id = m.poll_id')
  // As `db:import` does, and as upkeep does while votes come in.
  await sql('VACUUM (ANALYZE)')
  await close()
  return polls
}

function addVotes(sql: (text: string) => Promise<unknown>, pollId: string, method: PollMethod, from: number) {
  const options = `(SELECT array_agg(id ORDER BY position) AS o FROM options WHERE poll_id = '${pollId}') AS asked`
  const votes = `SELECT n, ${personId} AS person, (${ballots[method]}) AS choices FROM ${range(from)}, ${options}`
  return sql(`WITH votes AS (${votes}), cast_ballots AS (
      INSERT INTO ballots (poll_id, person_id, choices, revision) SELECT '${pollId}', person, choices, n + 1 FROM votes)
    INSERT INTO events (poll_id, revision, type, actor_id, at, facts)
      SELECT '${pollId}', n + 1, 'voted', person, now(), jsonb_build_object('choices', to_jsonb(choices)) FROM votes`)
}

function range(from: number): string {
  return `generate_series(${from}, ${from + chunk - 1}) AS n`
}

function titleOf(method: PollMethod, place: number): string {
  const day = new Date(Date.UTC(2027, 0, 1 + place)).toISOString().slice(0, 10)
  return method === 'dates' ? day : `Option ${place} `.padEnd(200, 'with a long title ')
}
