import pg from 'pg'
import type { LoadResult } from './load.ts'
import { answerCalls } from './remote.ts'

export type PlainLoad = { url: string; connections: number; seconds: number; polls: PlainPoll[]; voters: string[] }
export type PlainPoll = { id: string; options: string[] }

const calls = {
  /** Votes without Polldock, in the most direct way: one transaction per vote. */
  async run({ url, connections, seconds, polls, voters }: PlainLoad): Promise<LoadResult> {
    const pool = await Promise.all(Array.from({ length: connections }, () => connected(url)))
    const queue = voters.entries()
    const latencies: number[] = []
    const cpu = process.cpuUsage()
    const start = performance.now()
    const deadline = start + seconds * 1_000
    await Promise.all(
      pool.map(async (client) => {
        while (performance.now() < deadline) {
          const { value, done } = queue.next()
          if (done) return
          const sent = performance.now()
          await vote(client, polls[value[0] % polls.length] as PlainPoll, value[1])
          latencies.push(performance.now() - sent)
        }
      }),
    )
    const elapsed = (performance.now() - start) / 1_000
    const { user, system } = process.cpuUsage(cpu)
    await Promise.all(pool.map((client) => client.end()))
    return {
      answered: latencies.length,
      errors: 0,
      firstError: undefined,
      seconds: elapsed,
      latencies: Float64Array.from(latencies),
      cpuMs: (user + system) / 1_000,
    }
  },
}

export type PlainWayCalls = typeof calls
answerCalls(calls)

async function connected(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  return client
}

async function vote(client: pg.Client, { id, options }: PlainPoll, personId: string): Promise<void> {
  const [option] = options
  await client.query('BEGIN')
  await client.query({ name: 'lock', text: 'SELECT id FROM polls WHERE id = $1 FOR UPDATE', values: [id] })
  await client.query({
    name: 'insert',
    text: 'INSERT INTO ballots (poll_id, person_id, choices, revision) VALUES ($1, $2, ARRAY[$3], 1)',
    values: [id, personId, option],
  })
  await client.query({
    name: 'count',
    text: 'UPDATE options SET votes = votes + 1 WHERE poll_id = $1 AND id = $2',
    values: [id, option],
  })
  await client.query('COMMIT')
}
