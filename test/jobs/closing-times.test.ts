import { expect, test } from 'vitest'
import { startJobs } from '../../src/jobs/jobs.ts'
import { makeServices } from '../../src/services.ts'
import { openTestApp } from '../support/app.ts'
import { closedAtEnd } from '../support/at-end.ts'
import { minute } from '../support/clock.ts'
import { createPoll } from '../support/polls.ts'

const testApp = await closedAtEnd(openTestApp())

async function pollClosingIn(ms: number) {
  const { services, clock } = testApp
  const ann = await services.people.createGuest('Ann')
  return createPoll(services.ballotBox, ann, { closesAt: new Date(clock.now().getTime() + ms) })
}

const viewed = async (id: string) => (await testApp.services.polls.view(id)).poll
const closings = async (id: string) =>
  (await testApp.services.polls.events(id, { limit: 10 })).filter(({ facts }) => facts.type === 'closed')

test('a poll closes at its closing time, and no other does', async () => {
  const { services, clock, app } = testApp
  const [due, later] = [await pollClosingIn(minute), await pollClosingIn(2 * minute)]
  const jobs = await startJobs(services, app.log)
  clock.advance(minute)
  await expect.poll(async () => (await viewed(due.id)).status).toBe('closed')
  expect(await viewed(due.id)).toMatchObject({ closedAt: due.closesAt })
  expect(await viewed(later.id)).toMatchObject({ status: 'open' })
  await jobs.stop()
})

test('a poll whose closing time passed while nothing ran closes at the start', async () => {
  const { services, clock, app } = testApp
  const due = await pollClosingIn(minute)
  clock.advance(60 * minute)
  const jobs = await startJobs(services, app.log)
  await expect.poll(async () => (await viewed(due.id)).closedAt).toEqual(due.closesAt)
  await jobs.stop()
})

test('several processes close many polls once each', async () => {
  const { services, database, clock, app } = testApp
  const due = await Promise.all(Array.from({ length: 30 }, () => pollClosingIn(minute)))
  const others = makeServices(services.config, services.secrets, database, clock.now)
  const jobs = await Promise.all([services, others].map((one) => startJobs(one, app.log)))
  clock.advance(minute)
  const statuses = async () => new Set((await Promise.all(due.map(({ id }) => viewed(id)))).map(({ status }) => status))
  await expect.poll(statuses).toEqual(new Set(['closed']))
  await Promise.all(jobs.map((one) => one.stop()))
  for (const { id } of due) expect(await closings(id)).toMatchObject([{ revision: 2, facts: { onTime: true } }])
})
