import { expect, inject, test } from 'vitest'
import { moveConnections } from '../../src/chat/connections/connections.ts'
import { startJobs } from '../../src/jobs/jobs.ts'
import { beginMerge } from '../../src/people/merges.ts'
import { makeServices, type Services } from '../../src/services.ts'
import { openTestApp } from '../support/app.ts'
import { closedAtEnd } from '../support/at-end.ts'
import { day } from '../support/clock.ts'
import { flowdockVariables, openFlowdock, pair, postedBy, quickTiming } from '../support/flowdock-app.ts'
import { createPoll } from '../support/polls.ts'

const testApp = await closedAtEnd(openTestApp())

test('expired data is removed at the start', async () => {
  const { services, database, clock, app } = testApp
  await services.sessions.start(await services.people.createGuest('Ann'), false)
  clock.advance(91 * day)
  const jobs = await startJobs(services, app.log)
  await expect.poll(() => database.prisma.session.count()).toBe(0)
  await jobs.stop()
})

test('an interrupted merge of a guest continues at the start', async () => {
  const { services, database, clock, app } = testApp
  const [guest, person] = [await services.people.createGuest('Guest'), await services.people.createGuest('Ann')]
  const poll = await createPoll(services.ballotBox, guest)
  await beginMerge(database.prisma, { guestId: guest.id, personId: person.id }, clock.now(), moveConnections)
  const jobs = await startJobs(services, app.log)
  await expect.poll(async () => (await services.polls.view(poll.id)).poll.createdBy).toEqual(person)
  await jobs.stop()
})

test.runIf(inject('database').kind === 'postgres')(
  'another process takes over the cleaning of a dead one',
  async () => {
    const { services, database, clock, app } = testApp
    const startOne = (one: Services) => startJobs({ ...one, config: { ...one.config, timing: quickTiming } }, app.log)
    const { promise: isBack, resolve: comeBack } = Promise.withResolvers<void>()
    const gone = { ...services, merges: Object.assign(Object.create(services.merges), { sweep: () => isBack }) }
    const jobs = [await startOne(gone)]
    const silent = `UPDATE pgboss.job SET heartbeat_on = heartbeat_on - interval '11 seconds'
    WHERE name = 'clean-up' AND state = 'active' RETURNING id`
    await expect.poll(async () => (await database.executeSql(silent)).rows).toHaveLength(1)
    jobs.push(await startOne(services))
    await services.sessions.start(await services.people.createGuest('Ann'), false)
    clock.advance(91 * day)
    await expect.poll(() => database.prisma.session.count()).toBe(0)
    comeBack()
    await Promise.all(jobs.map((one) => one.stop()))
  },
)

test('several processes may start at once on an empty schema, and again', async () => {
  const { services, database, app } = testApp
  const { config, secrets, clock } = services
  await database.executeSql('DROP SCHEMA pgboss CASCADE')
  for (const _ of [1, 2]) {
    const processes = [1, 2, 3].map(() => makeServices(config, secrets, database, clock))
    const started = await Promise.all(processes.map((one) => startJobs(one, app.log)))
    const checks = await Promise.all(processes.map(({ health }) => health.readiness()))
    expect(checks.map(({ checks }) => checks.jobs)).toEqual(['ok', 'ok', 'ok'])
    await Promise.all(started.map((jobs) => jobs.stop()))
  }
})

test('the outbox is delivered at the start without its jobs, as after an import', async () => {
  const { sandbox, url } = await openFlowdock()
  const moved = await openTestApp({ env: flowdockVariables(url), config: { timing: quickTiming } })
  const paired = await pair(moved.services, sandbox)
  const poll = await createPoll(moved.services.ballotBox, await moved.services.people.createGuest('Ann'))
  const jobs = await startJobs(moved.services, moved.app.log)
  await expect.poll(() => postedBy(sandbox, paired).length).toBeGreaterThan(0)
  expect(postedBy(sandbox, paired)[0]?.title).toContain('asks: ')
  expect(poll.revision).toBe(1)
  await jobs.stop()
  await moved.close()
  await sandbox.app.close()
})
