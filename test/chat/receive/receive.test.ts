import { execFile } from 'node:child_process'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type ApiPoll, createGuest, createPoll, resultsOf } from '../../support/api-calls.ts'
import { type ProcessEnvironment, processEnvironment } from '../../support/database.ts'
import { freePort } from '../../support/postgres-server.ts'
import { type PolldockProcess, startPolldock } from '../../support/process.ts'

const main = join(import.meta.dirname, 'main.ts')
const fixtures = join(import.meta.dirname, '../flowdock/fixtures')
let environment: ProcessEnvironment
let variables: Record<string, string>
let polldock: PolldockProcess
let folder: string
let poll: ApiPoll

beforeAll(async () => {
  environment = await processEnvironment()
  folder = await mkdtemp(join(tmpdir(), 'polldock-fixtures-'))
  // The secret is in the data directory, and Flowdock's client secret is derived from it: as after `npm start`.
  const sandbox = { SANDBOX: 'on', SANDBOX_PORT: String(await freePort()) }
  variables = { ...environment.variables, ...sandbox, PORT: String(await freePort()), LOG_LEVEL: 'silent' }
  polldock = await startPolldock(variables, { isShared: true })
  poll = await createPoll(polldock.url, await createGuest(polldock.url, 'Ann'))
})

afterAll(async () => {
  polldock?.send('SIGTERM')
  await polldock?.ended
  await environment.remove()
  await rm(folder, { recursive: true })
})

type Printed = { code: number; output: string; errors: string }

/** Runs the program as `npm run chat:receive` does. */
function receive(args: string[], others: Record<string, string> = {}): Promise<Printed> {
  const env = { PATH: process.env.PATH, ...variables, ...others }
  return new Promise((resolve) => {
    execFile(process.execPath, [main, ...args], { env, cwd: tmpdir() }, (error, output, errors) =>
      resolve({ code: error ? Number(error.code) : 0, output, errors }),
    )
  })
}

const fixture = (name: string) => join(fixtures, `${name}.json`)
const address = () => `${polldock.url}/polls/lunch-${poll.id}?from=here#vote`

async function written(content: unknown): Promise<string> {
  const path = join(folder, `${crypto.randomUUID()}.json`)
  await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content))
  return path
}

async function link(accountId: string): Promise<void> {
  const client = new pg.Client({ connectionString: environment.variables.DATABASE_URL })
  await client.connect()
  await client.query(
    `INSERT INTO chat_accounts (chat, account_id, person_id, name, sees, linked_at)
     SELECT 'flowdock', $1, id, name, '{}', now() FROM people LIMIT 1 ON CONFLICT DO NOTHING`,
    [accountId],
  )
  await client.end()
}

describe('a fixture is signed as the chat signs it', () => {
  test('so an unknown account is asked to sign in, and then its votes count', async () => {
    const unknown = await receive([fixture('vote'), address()])
    expect(unknown).toMatchObject({ code: 1, errors: '' })
    expect(unknown.output).toMatch(/^POST http:\/\/localhost:\d+\/flowdock\/actions\/polls\/\S+\n401\n/)
    expect(unknown.output).toMatch(
      /www-authenticate: Flowdock-Token url=http:\/\/localhost:\d+\/flowdock\/link\?claim=/,
    )
    await link('7')
    // The same click in the same second has the same token, and a replay is answered like the first request.
    await sleep(1_000)
    const known = await receive([fixture('vote'), address()])
    expect(known).toMatchObject({ code: 0, errors: '' })
    expect(known.output).toMatch(/\n200\n.*You voted for .*Pizza/)
    expect(await resultsOf(polldock.url, poll)).toEqual([1, 0, 0])
    expect((await receive([fixture('vote-other'), poll.id])).output).toContain('You changed your vote from')
    expect(await resultsOf(polldock.url, poll)).toEqual([0, 1, 0])
  })

  test('and every fixture in the repository is accepted', async () => {
    await link('7')
    const names = await readdir(fixtures)
    expect(names.length).toBeGreaterThan(4)
    for (const name of names) {
      const { output, errors } = await receive([join(fixtures, name), poll.id])
      expect([name, errors]).toEqual([name, ''])
      // A refusal is an answer, too; a wrong signature is not.
      expect(output).toMatch(/\n(200|409)\n/)
    }
  })
})

describe('an error says what to do', () => {
  const action = {
    '@type': 'UpdateAction',
    name: 'Vote',
    target: { '@type': 'EntryPoint', urlTemplate: 'http://x/', httpMethod: 'POST' },
  }
  const cases: [string, () => Promise<string[]>, Record<string, string>, string][] = [
    ['no fixture', async () => [], {}, 'Say which fixture, as in: npm run chat:receive -- '],
    ['a missing file', async () => ['/none.json'], {}, 'The fixture cannot be read: ENOENT'],
    ['half a file', async () => [await written('{"chat":')], {}, 'is not JSON: '],
    ['no chat', async () => [await written({})], {}, 'is no fixture: chat '],
    ['a path for a chat', async () => [await written({ chat: '../..' })], {}, 'chat must be the key of a chat'],
    ['an unknown chat', async () => [await written({ chat: 'irc' })], {}, 'irc sends nothing to Polldock'],
    ['no action', async () => [await written({ chat: 'flowdock' })], {}, 'no action of a thread: agent '],
    ['no agent', async () => [await written({ chat: 'flowdock', action })], {}, 'no action of a thread: agent '],
    ['no poll', async () => [fixture('vote')], {}, 'The fixture is for a poll. Add its address: '],
    ['no id', async () => [fixture('vote'), 'lunch'], {}, 'The fixture is for a poll. Add its address: '],
    ['a missing poll', async () => [fixture('vote'), 'a'.repeat(16)], {}, 'The server has no poll aaaaaaaaaaaaaaaa'],
    ['no server', async () => [fixture('vote'), poll.id], { PORT: '1' }, 'No Polldock answers at http://127.0.0.1:1 ('],
    ['any port', async () => [fixture('vote'), poll.id], { PORT: '0' }, 'PORT is 0'],
    ['no chat set up', async () => [fixture('vote'), poll.id], { SANDBOX: 'off' }, 'No Flowdock is configured. Set '],
    [
      'a wrong variable',
      async () => [fixture('vote')],
      { RATE_LIMIT: 'maybe' },
      'RATE_LIMIT is “maybe” but must be on or off',
    ],
    [
      'another folder',
      async () => [fixture('vote'), poll.id],
      { DATA_DIR: '/none' },
      'There is no secret in /none. Start ',
    ],
    [
      'an option too much',
      async () => [await written('{"chat":"flowdock","x":"{option9}"}'), poll.id],
      {},
      'The poll has no {option9}. It has publicUrl, poll, ',
    ],
  ]

  test.each(cases)('%s', async (_what, args, others, said) => {
    const { code, output, errors } = await receive(await args(), others)
    expect(errors).toContain(said)
    expect([code, output, errors.split('\n').length]).toEqual([1, '', said.startsWith('RATE') ? 3 : 2])
  })

  test('another secret: the server says that the token is wrong', async () => {
    const other = { SECRET: 'another secret of at least 32 characters' }
    const { code, output } = await receive([fixture('vote'), poll.id], other)
    expect([code, output]).toEqual([1, expect.stringContaining('The token was not signed with the client secret.')])
  })
})
