import { afterAll, beforeAll, expect, test } from 'vitest'
import { readConfig } from '../src/config.ts'
import type { Database } from '../src/database/database.ts'
import { openPostgres } from '../src/database/open.ts'
import type { Sandbox } from '../src/sandbox/sandbox.ts'
import { makeServices } from '../src/services.ts'
import { type ApiPoll, createGuest, createPoll, eventsOf, type Guest, resultsOf, vote } from './support/api-calls.ts'
import { type Cluster, startCluster } from './support/cluster.ts'
import { type ProcessEnvironment, processEnvironment } from './support/database.ts'
import { repeatsAmong, untilAllDelivered } from './support/delivered.ts'
import { openStream } from './support/event-stream.ts'
import { openFlowdock, type Paired, pair } from './support/flowdock-app.ts'
import { actionBody, flowdockToken } from './support/flowdock-token.ts'
import { networkBrowser } from './support/network-app.ts'
import { createPoll as createPollInBrowser, page, textOf, visitor } from './support/pages.ts'
import { expectConsistent } from './support/polls.ts'
import { watch } from './support/watcher.ts'

const size = 3
const publicUrl = 'http://polldock.test'
let environment: ProcessEnvironment
let sandbox: Sandbox
let paired: Paired
let database: Database
let cluster: Cluster
let ann: Guest

beforeAll(async () => {
  environment = await processEnvironment()
  const flowdock = await openFlowdock()
  sandbox = flowdock.sandbox
  const variables = {
    ...environment.variables,
    PUBLIC_URL: publicUrl,
    ...{ SECRET: 'x'.repeat(32), RATE_LIMIT: 'off', LOG_LEVEL: 'fatal', DRAIN_SECONDS: '1' },
    ...{ FLOWDOCK_API_URL: flowdock.url, FLOWDOCK_CLIENT_ID: 'polldock', FLOWDOCK_CLIENT_SECRET: 'secret' },
  }
  database = await openPostgres(environment.variables.DATABASE_URL ?? '')
  paired = await pair(makeServices(readConfig(variables), [variables.SECRET], database), sandbox, {
    categories: ['Told'],
  })
  cluster = await startCluster(size, variables)
  ann = await createGuest(cluster.url, 'Ann')
})

afterAll(async () => {
  cluster?.close()
  await sandbox.app.close()
  await database.close()
  await environment.remove()
})

const urlOf = (index: number) => cluster.processes[index % size]?.url ?? ''
const streamOf = (url: string, { id }: ApiPoll) => `${url}/api/polls/${id}/stream`
const upTo = (revision: number) => Array.from({ length: revision - 1 }, (_, index) => index + 2)
const optionOf = ({ options }: ApiPoll, index: number) => options[index % options.length]?.id ?? ''

/** Creates this number of guests, a few at a time. */
async function guests(count: number): Promise<Guest[]> {
  const made: Guest[] = []
  await each(
    Array.from({ length: count }, (_, index) => index),
    async (index) => {
      made[index] = await createGuest(cluster.url, `Guest ${index}`)
    },
  )
  return made
}

/** Runs `act` for each of them, a few at a time. */
async function each<T>(all: readonly T[], act: (one: T, index: number) => Promise<unknown>): Promise<void> {
  const left = [...all.entries()].values()
  const takeTurns = async () => {
    for (const [index, one] of left) await act(one, index)
  }
  await Promise.all(Array.from({ length: 40 }, takeTurns))
}

test('a person does not notice that each request reaches another process', async () => {
  const browser = await visitor({ browser: () => networkBrowser(cluster.url) }, 'Bob')
  const { path, options } = await createPollInBrowser(browser)
  await browser.post(`${path}/ballot`, { choice: options[1] ?? '' })
  await browser.follow()
  await browser.post(`${path}/comments`, { body: 'See you there' })
  await browser.follow()
  for (const { url } of cluster.processes) {
    const elsewhere = networkBrowser(url)
    for (const [name, value] of browser.cookies) elsewhere.cookies.set(name, value)
    await elsewhere.get(path)
    expect(textOf(elsewhere, 'main')).toContain('See you there')
    expect(page(elsewhere).querySelector('[data-mine]')?.getAttribute('data-option')).toBe(options[1])
  }
})

test('a thousand votes are counted exactly in every process, and delivered to the chat once', async () => {
  const poll = await createPoll(cluster.url, ann, { category: 'Told' })
  const voters = await guests(1_000)
  const watchers = cluster.processes.map(({ url }) => watch(streamOf(url, poll), 1))
  await each(voters, async (guest, index) => {
    expect(await vote(cluster.url, poll, guest, optionOf(poll, index))).toBe(true)
  })
  for (const { url } of cluster.processes) expect(await resultsOf(url, poll)).toEqual([334, 333, 333])
  await expectConsistent(database, poll.id)
  for (const { seen } of watchers) await expect.poll(() => seen).toEqual(upTo(1_001))
  await Promise.all(watchers.map(({ leave }) => leave()))
  const logs = new Map([[poll.id, await eventsOf(cluster.url, poll)]])
  await untilAllDelivered(sandbox, paired, logs)
  expect(repeatsAmong(sandbox, paired, logs)).toBe(0)
})

test('a viewer at one process sees a vote at another within a second, and their own marked', async () => {
  const browser = await visitor({ browser: () => networkBrowser(urlOf(1)) }, 'Bob')
  const { path, options } = await createPollInBrowser(browser)
  const cookie = [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
  const stream = await openStream(`${urlOf(0)}${path}/stream?since=1`, { cookie })
  const delays: number[] = []
  for (const choice of [0, 1, 0, 1, 0]) {
    await browser.post(`${path}/ballot`, { choice: options[choice] ?? '' })
    const answeredAt = performance.now()
    const { event, data } = await stream.next()
    delays.push(performance.now() - answeredAt)
    expect([event, data.revision]).toEqual(['poll', delays.length + 1])
    expect((await stream.next()).data).toEqual({ choices: [options[choice]] })
  }
  stream.close()
  const [, , median] = delays.toSorted((one, other) => one - other)
  expect(median).toBeLessThan(1_000)
})

test('an action token sent twenty times at the same instant, to all processes, votes once', async () => {
  const poll = await createPoll(cluster.url, ann)
  const accountId = '2001'
  const place = `/flowdock/actions/polls/${poll.id}/ballot/${optionOf(poll, 0)}?revision=1`
  const body = actionBody(`${publicUrl}${place}`)
  const row = { chat: 'flowdock', accountId, personId: ann.id, name: 'Ann', sees: [], linkedAt: new Date() }
  await database.prisma.chatAccount.create({ data: row })
  const token = flowdockToken(accountId, new Date(), { body, secret: 'secret' })
  const headers = { 'content-type': 'application/json', 'flowdock-token': token }
  const send = async (index: number) => {
    const response = await fetch(`${urlOf(index)}${place}`, { method: 'POST', headers, body })
    return `${response.status} ${await response.text()}`
  }
  const answers = await Promise.all(Array.from({ length: 20 }, (_, index) => send(index)))
  expect(new Set(answers)).toEqual(new Set(['200 {"message":"You voted for Pizza."}']))
  expect((await eventsOf(cluster.url, poll)).map(({ type }) => type)).toEqual(['created', 'voted'])
  await expectConsistent(database, poll.id)
})

test('a poll closes once at its closing time, and every viewer sees it', async () => {
  const closesAt = new Date(Date.now() + 3_000).toISOString()
  const poll = await createPoll(cluster.url, ann, { closesAt })
  await vote(cluster.url, poll, ann, optionOf(poll, 0))
  const watchers = cluster.processes.map(({ url }) => watch(streamOf(url, poll), 2))
  for (const { seen } of watchers) await expect.poll(() => seen).toEqual([3])
  const voters = await guests(12)
  const refused = voters.map((guest, index) => vote(urlOf(index), poll, guest, optionOf(poll, index)))
  for (const answer of await Promise.allSettled(refused)) {
    expect(answer).toMatchObject({ status: 'rejected', reason: { message: expect.stringContaining('answered 409') } })
  }
  const closed = { revision: 3, type: 'closed', at: closesAt, facts: { onTime: true } }
  expect((await eventsOf(cluster.url, poll)).slice(2)).toMatchObject([closed])
  await Promise.all(watchers.map(({ leave }) => leave()))
  await expectConsistent(database, poll.id)
})

test('viewers miss nothing while notifications between processes fail', async () => {
  const poll = await createPoll(cluster.url, ann)
  const voters = await guests(60)
  const watchers = cluster.processes.map(({ url }) => watch(streamOf(url, poll), 1))
  await each(voters, async (guest, index) => {
    if (index === 30) await breakListeners()
    await vote(urlOf(index), poll, guest, optionOf(poll, index))
  })
  for (const { seen } of watchers) await expect.poll(() => seen).toEqual(upTo(61))
  await Promise.all(watchers.map(({ leave }) => leave()))
})

async function breakListeners(): Promise<void> {
  const { rows } = await database.executeSql(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE application_name = 'polldock listener' AND datname = current_database()`,
  )
  expect(rows).toHaveLength(size)
}

test('when one process is killed, every answered vote counts once, and its viewers reconnect', async () => {
  const poll = await createPoll(cluster.url, ann)
  const voters = await guests(300)
  const watchers = cluster.processes.map(() => watch(streamOf(cluster.url, poll), 1))
  await expect.poll(() => watchers.every(({ connects }) => connects > 0)).toBe(true)
  const answered = new Set<string>()
  let killing: Promise<void> | undefined
  await each(voters, async (guest, index) => {
    if (index === 100) killing = cluster.kill(1)
    if (await vote(cluster.url, poll, guest, optionOf(poll, index))) answered.add(guest.id)
  })
  await killing
  const log = await eventsOf(cluster.url, poll)
  const kept = log.filter(({ type }) => type === 'voted').map(({ actor }) => actor.id)
  expect(new Set(kept).size).toBe(kept.length)
  expect([...answered].filter((id) => !kept.includes(id))).toEqual([])
  await expectConsistent(database, poll.id)
  for (const { seen } of watchers) await expect.poll(() => seen).toEqual(upTo(log.length))
  expect(watchers.some(({ connects }) => connects > 1)).toBe(true)
  await Promise.all(watchers.map(({ leave }) => leave()))
  await cluster.revive(1)
})

test('a rolling restart of all processes fails no request', async () => {
  const poll = await createPoll(cluster.url, ann)
  const watchers = cluster.processes.map(() => watch(streamOf(cluster.url, poll), 1))
  let isOver = false
  const failures: unknown[] = []
  const refusals = cluster.refusals()
  let answers = 0
  const goOn = async (guest: Guest) => {
    for (let round = 0; !isOver; round++) {
      try {
        if (!(await vote(cluster.url, poll, guest, optionOf(poll, round)))) failures.push('the connection broke')
        const page = await fetch(`${cluster.url}/polls/${poll.id}`)
        if (!page.ok) failures.push(page.status)
        await page.text()
      } catch (error) {
        failures.push(error)
      }
      answers += 2
    }
  }
  const working = Promise.all((await guests(6)).map(goOn))
  for (const index of [0, 1, 2]) await cluster.restart(index)
  isOver = true
  await working
  expect(failures).toEqual([])
  expect(cluster.refusals() - refusals).toBe(0)
  expect(answers).toBeGreaterThan(100)
  const last = (await eventsOf(cluster.url, poll)).length
  for (const { seen } of watchers) await expect.poll(() => seen).toEqual(upTo(last))
  await Promise.all(watchers.map(({ leave }) => leave()))
  await expectConsistent(database, poll.id)
})
