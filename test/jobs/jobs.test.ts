import { afterAll, beforeAll, expect, test } from 'vitest'
import { startJobs } from '../../src/jobs/jobs.ts'
import { openTestApp, type TestApp } from '../support/app.ts'
import { day } from '../support/clock.ts'

let testApp: TestApp

beforeAll(async () => {
  testApp = await openTestApp()
})

afterAll(() => testApp.close())

test('what nobody can use any more is removed at the start', async () => {
  const { services, database, clock, app } = testApp
  await services.sessions.start(await services.people.createGuest('Ann'))
  clock.advance(91 * day)
  const jobs = await startJobs(services, app.log)
  await jobs.stop()
  expect(await database.prisma.session.count()).toBe(0)
})
