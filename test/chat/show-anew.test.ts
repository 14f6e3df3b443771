import { afterAll, beforeAll, expect, test } from 'vitest'
import type { PersonName } from '../../src/people/types.ts'
import { type FlowdockApp, openFlowdockApp } from '../support/flowdock-app.ts'
import { createPerson } from '../support/polls.ts'

let app: FlowdockApp
let ann: PersonName

beforeAll(async () => {
  app = await openFlowdockApp()
  ann = await createPerson(app.database)
})

afterAll(() => app.close())

test('a thread that was not told of what happened last shows the poll as it stands, once', async () => {
  const [all, votes] = [await app.pair(), await app.pair({ eventKinds: ['votes'] })]
  const poll = await app.newPoll(ann)
  await app.vote(poll, ann)
  await expect.poll(() => app.titles(votes)).toEqual(['voted for Pizza'])
  await app.submit(poll, { by: ann, type: 'close' })
  const told = ['created poll', 'voted for Pizza', 'closed poll (Winner: Pizza)']
  await expect.poll(() => app.titles(all)).toEqual(told)
  await expect.poll(behind).toBe(0)
  expect(app.threads(votes)).toMatchObject([{ status: { value: 'open' } }])

  await app.services.delivery.showAnew(poll.id)
  await expect.poll(() => app.titles(votes)).toEqual(told.slice(1))
  expect(app.threads(votes)).toMatchObject([{ status: { value: 'closed' } }])
  await expect.poll(behind).toBe(0)
  await app.services.delivery.showAnew(poll.id)
  await app.submit(poll, { by: ann, type: 'reopen' })
  await expect.poll(() => app.titles(all)).toEqual([...told, 'reopened poll'])
  await expect.poll(behind).toBe(0)
  expect(app.titles(votes)).toEqual(told.slice(1))
})

test('what is no thread yet does not become one', async () => {
  const paired = await app.pair({ eventKinds: ['comments'] })
  const poll = await app.newPoll(ann)
  await app.submit(poll, { by: ann, type: 'close' })
  await expect.poll(behind).toBe(0)
  await app.services.delivery.showAnew(poll.id)
  await app.submit(poll, { by: ann, type: 'comment', body: 'Hungry' })
  await expect.poll(() => app.titles(paired)).toEqual(['commented'])
})

/** How many threads have not been told all. */
async function behind(): Promise<number> {
  const rows = await app.database.prisma.$queryRaw<unknown[]>`
    SELECT FROM mirrors m JOIN polls p ON p.id = m.poll_id WHERE m.revision < p.revision`
  return rows.length
}
