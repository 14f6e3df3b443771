import fastify from 'fastify'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { readConfig } from '../../src/config.ts'
import type { Database } from '../../src/database/database.ts'
import type { PollChange } from '../../src/live/live.ts'
import type { PersonName } from '../../src/people/model/person-name.ts'
import type { Poll } from '../../src/polls/model/poll.ts'
import { makeServices, type Services } from '../../src/services.ts'
import { castVote } from '../support/cast-vote.ts'
import { openTestDatabase } from '../support/database.ts'
import { createPeople, createPoll } from '../support/polls.ts'

const { log } = fastify()
let database: Database
let ann: PersonName
let bob: PersonName
let poll: Poll
/** Services that believe to be in two processes. */
let here: Services
let there: Services
let heard: PollChange[]

beforeEach(async () => {
  database = await openTestDatabase()
  here = makeServices(readConfig({ SANDBOX: 'off' }), ['x'.repeat(32)], database)
  there = makeServices(readConfig({ SANDBOX: 'off' }), ['x'.repeat(32)], database)
  ;[ann, bob] = (await createPeople(database, 2)) as [PersonName, PersonName]
  poll = await createPoll(here.ballotBox, ann)
  heard = []
  here.live.subscribe(poll, (change) => void heard.push(change))
})

afterEach(async () => {
  await Promise.all([here.peers?.stop(), there.peers?.stop()])
  await database.close()
})

async function start(...processes: Services[]): Promise<void> {
  for (const { peers } of processes) peers?.start(log)
  await expect.poll(listeners).toHaveLength(processes.length)
}

/** The PostgreSQL processes of the listening connections. */
async function listeners(): Promise<unknown[]> {
  const { rows } = await database.executeSql(
    `SELECT pid FROM pg_stat_activity WHERE application_name = 'polldock listener' AND state = 'idle'
      AND datname = current_database() AND query <> ''`,
  )
  return rows
}

const vote = ({ ballotBox }: Services, by: PersonName, option: number) =>
  ballotBox.submit({ pollId: poll.id, command: castVote(poll, by, option) })
const heardRevisions = () => heard.flatMap(({ events }) => events.map(({ revision }) => revision))

test('changes of another process arrive with their events and the poll after them', async () => {
  await start(here, there)
  const { poll: after, events } = await vote(there, bob, 1)
  await expect.poll(() => heard).toEqual([{ poll: after, events, previous: 1 }])
})

test('changes of this process arrive once', async () => {
  await start(here, there)
  await vote(here, bob, 1)
  await vote(there, ann, 1)
  await expect.poll(heardRevisions).toEqual([2, 3])
})

test('earlier changes of another process arrive with the next change of this one', async () => {
  await vote(there, bob, 1)
  await vote(here, ann, 1)
  await expect.poll(heardRevisions).toEqual([2, 3])
})

test('many simultaneous votes in two processes arrive complete, in order and not too often', async () => {
  await start(here, there)
  const people = await createPeople(database, 400)
  const begin = performance.now()
  await Promise.all(people.map((by, index) => vote(index % 2 ? here : there, by, 0)))
  await expect.poll(() => heardRevisions().length).toBe(400)
  const quarters = (performance.now() - begin) / 250
  expect(heardRevisions()).toEqual(Array.from({ length: 400 }, (_, index) => index + 2))
  expect(heard.length).toBeLessThanOrEqual(quarters + 2)
})

test('a deletion in another process arrives', async () => {
  await start(here, there)
  await there.ballotBox.submit({ pollId: poll.id, command: { by: ann, type: 'delete' } })
  await expect.poll(() => heard[0]?.poll.deletedAt).toBeInstanceOf(Date)
})

test('changes without a notification are found', async () => {
  await start(here)
  await vote(there, bob, 1)
  await expect.poll(heardRevisions).toEqual([2])
})

test('changes during and after a broken connection arrive', async () => {
  await start(here, there)
  const broken = await database.executeSql(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'polldock listener'
      AND datname = current_database()`,
  )
  expect(broken.rows).toHaveLength(2)
  await vote(there, bob, 1)
  await expect.poll(heardRevisions).toEqual([2])
  await expect.poll(listeners).toHaveLength(2)
  await vote(there, ann, 1)
  await expect.poll(heardRevisions).toEqual([2, 3])
})

test('changes of more polls than one notification names all arrive', async () => {
  const polls = await Promise.all(Array.from({ length: 250 }, () => createPoll(here.ballotBox, ann)))
  for (const one of polls) here.live.subscribe(one, (change) => void heard.push(change))
  await start(here, there)
  await Promise.all(polls.map((one) => there.ballotBox.submit({ pollId: one.id, command: castVote(one, bob, 1) })))
  const heardPolls = () => new Set(heard.map((change) => change.poll.id)).size
  await expect.poll(heardPolls, { timeout: 2_000 }).toBe(polls.length)
})

test('a false or malformed notification changes nothing', async () => {
  await start(here, there)
  const nonsense = ['', 'x', `${poll.id} 99`, `${poll.id} -1`, `${poll.id} ${'9'.repeat(400)}`, 'nosuchpollanywhr 7']
  await database.channel?.('polldock_polls').send(nonsense)
  await vote(there, bob, 1)
  await expect.poll(heardRevisions).toEqual([2])
})
