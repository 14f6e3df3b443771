// A process of the drill `power-cut`: runs Polldock on an empty data folder, and records what it asks of the disk and
// what it answers.
import { subscribe } from 'node:diagnostics_channel'
import { cp, mkdir, writeFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { serialize } from 'node:v8'
import type { FastifyInstance } from 'fastify'
import type { DiskOperation } from './disk.ts'
import { recordDisk } from './recorder.ts'

/** A change that was answered after this many operations of the disk. */
export type Answered = { after: number } & (
  | { type: 'secret'; secret: string }
  | { type: 'guest'; id: string }
  | { type: 'poll'; id: string }
  | { type: 'vote'; poll: string; person: string; choice: string }
  | { type: 'secretVote'; poll: string; person: string; receipt: string }
  | { type: 'comment'; poll: string; body: string }
  | { type: 'migration' }
)

/** Part of the run, from this operation until the next phase. */
export type Phase = { name: string; from: number }

export type Recording = { operations: DiskOperation[]; answered: Answered[]; phases: Phase[] }

const [dataDir = '', output = '', size = '', syncs = ''] = process.argv.slice(2)
const [guests, polls, rounds] = size === 'short' ? [6, 3, 1] : [20, 6, 3]
const operations = recordDisk(dataDir)
const answered: Answered[] = []
const phases: Phase[] = []
const phase = (name: string) => phases.push({ name, from: operations.length })

// Loaded after the functions of node:fs are wrapped.
const { durableStartParams } = await import('../../src/database/durable-fs.ts')
const { openPGlite } = await import('../../src/database/embedded.ts')
const { migrateEmbedded } = await import('../../src/database/migrate.ts')
const { readConfig } = await import('../../src/config.ts')
const { openServices } = await import('../../src/services.ts')
const { buildApp } = await import('../../src/app.ts')
const { startJobs } = await import('../../src/jobs/jobs.ts')
if (syncs === 'none') durableStartParams.push('-F')

subscribe('fastify.initialization', (message) => {
  const { fastify } = message as { fastify: FastifyInstance }
  fastify.addHook('onSend', async (_request, reply) => void reply.header('x-operations', operations.length))
})

phase('the first start')
await withPolldock(async ({ url, secret, checkpoint, vacuum }) => {
  answered.push({ type: 'secret', secret, after: operations.length })
  phase('votes and comments')
  const people = await Promise.all(Array.from({ length: guests }, (_, index) => createGuest(url, index)))
  const made = await Promise.all(
    Array.from({ length: polls }, (_, index) => createPoll(url, people[index] as Guest, index % 3 === 2)),
  )
  for (let round = 0; round < rounds; round++) {
    await castVotes(url, people, made, round)
    phase('a checkpoint')
    await Promise.all([checkpoint(), castVotes(url, people.slice(0, 4), made.slice(0, 3), round + 10)])
    if (round === 1) {
      phase('a clean-up')
      await vacuum()
    }
    phase('votes and comments')
  }
  await castVotes(url, people, made, rounds)
  phase('a stop')
})
phase('a migration')
const pglite = await openPGlite(join(dataDir, 'pgdata'))
await migrateEmbedded(pglite, await withOneMigrationMore())
answered.push({ type: 'migration', after: operations.length })
await pglite.close()
phase('a second start')
await withPolldock(async ({ url }) => {
  phase('votes and comments')
  const people = await Promise.all(Array.from({ length: guests }, (_, index) => createGuest(url, index)))
  const made = [await createPoll(url, people[0] as Guest, false), await createPoll(url, people[1] as Guest, true)]
  await castVotes(url, people, made, 0)
})
const named = operations.findIndex((one) => one.type === 'names' && one.changes[0]?.name === 'pgdata')
phases.splice(1, 0, { name: 'the first migrations', from: named })
await writeFile(output, serialize({ operations, answered, phases } satisfies Recording))
process.exit()

type Guest = { id: string; token: string; receipts: Map<string, string> }
type Poll = { id: string; anonymous: boolean; options: { id: string }[] }
type Running = { url: string; secret: string; checkpoint(): Promise<unknown>; vacuum(): Promise<unknown> }

async function withPolldock(work: (running: Running) => Promise<void>): Promise<void> {
  const config = readConfig({ DATA_DIR: dataDir, RATE_LIMIT: 'off', SANDBOX: 'off', LOG_LEVEL: 'silent' })
  const { services, close } = await openServices(config)
  const app = await buildApp(services)
  const jobs = await startJobs(services, app.log)
  await app.listen({ port: 0, host: '127.0.0.1' })
  const { port } = app.server.address() as AddressInfo
  await work({
    url: `http://127.0.0.1:${port}`,
    secret: services.secrets[0],
    checkpoint: () => services.database.executeSql('CHECKPOINT'),
    vacuum: () => services.database.vacuum(),
  })
  await app.close()
  await jobs.stop()
  await close()
}

async function createGuest(url: string, index: number): Promise<Guest> {
  const { json, after } = await call(`${url}/api/guests`, 'POST', { name: `Guest ${index}` })
  answered.push({ type: 'guest', id: json.person.id, after })
  return { id: json.person.id, token: json.token, receipts: new Map() }
}

async function createPoll(url: string, { token }: Guest, anonymous: boolean): Promise<Poll> {
  const poll = { title: 'Where to eat lunch?', options: ['Pizza', 'Sushi', 'Falafel'], anonymous }
  const { json, after } = await call(`${url}/api/polls`, 'POST', poll, { authorization: `Bearer ${token}` })
  answered.push({ type: 'poll', id: json.id, after })
  return json
}

/** Everybody votes once in every poll, and every third person comments. */
async function castVotes(url: string, people: Guest[], made: Poll[], round: number): Promise<void> {
  for (const [index, poll] of made.entries()) {
    await Promise.all(people.map((guest, place) => castVote(url, poll, guest, place + index + round)))
    const body = `A comment ${index} in round ${round}. ${'It is long. '.repeat(50)}`
    const headers = { authorization: `Bearer ${(people[index % people.length] as Guest).token}` }
    const { after } = await call(`${url}/api/polls/${poll.id}/comments`, 'POST', { body }, headers)
    answered.push({ type: 'comment', poll: poll.id, body: body.trim(), after })
  }
}

async function castVote(
  url: string,
  { id: poll, anonymous, options }: Poll,
  guest: Guest,
  turn: number,
): Promise<void> {
  const choice = options[turn % options.length]?.id ?? ''
  const receipt = guest.receipts.get(poll)
  const headers = { authorization: `Bearer ${guest.token}`, ...(receipt && { receipt }) }
  const { response, after } = await call(`${url}/api/polls/${poll}/ballot`, 'PUT', { choices: [choice] }, headers)
  if (!anonymous) return void answered.push({ type: 'vote', poll, person: guest.id, choice, after })
  const given = response.headers.get('receipt') ?? receipt ?? ''
  guest.receipts.set(poll, given)
  answered.push({ type: 'secretVote', poll, person: guest.id, receipt: given, after })
}

async function call(url: string, method: string, body: object, headers: Record<string, string> = {}) {
  const response = await fetch(url, {
    method,
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  })
  if (!response.ok) throw new Error(`${method} ${url} was answered ${response.status}: ${await response.text()}`)
  return { response, json: await response.json(), after: Number(response.headers.get('x-operations')) }
}

/** All migrations and one that changes every table of polls. */
async function withOneMigrationMore(): Promise<string> {
  const folder = `${output}.migrations`
  await cp(fileURLToPath(new URL('../../prisma/migrations', import.meta.url)), folder, { recursive: true })
  await mkdir(join(folder, '99990101000000_more'))
  await writeFile(
    join(folder, '99990101000000_more', 'migration.sql'),
    `ALTER TABLE events ADD COLUMN more int NOT NULL DEFAULT 0;
     UPDATE events SET more = revision;
     ALTER TABLE comments ADD COLUMN more uuid NOT NULL DEFAULT gen_random_uuid();
     CREATE INDEX events_more ON events (more);
     CREATE TABLE more_ballots AS SELECT * FROM ballots;`,
  )
  return folder
}
