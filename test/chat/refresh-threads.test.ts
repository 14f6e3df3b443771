import { expect, test } from 'vitest'
import { application } from '../sandbox/box.ts'
import { closedAtEnd } from '../support/at-end.ts'
import { pickAs } from '../support/flowdock-actions.ts'
import { openFlowdockApp } from '../support/flowdock-app.ts'
import { createPerson } from '../support/polls.ts'

const app = await closedAtEnd(openFlowdockApp())
const ann = await createPerson(app.database)

test('a thread that missed the last event gets the current state, once', async () => {
  const [all, votes] = [await app.pair(), await app.pair({ eventKinds: ['votes'] })]
  const poll = await app.newPoll(ann)
  await app.vote(poll, ann)
  await expect.poll(() => app.titles(votes)).toEqual(['voted for Pizza'])
  await app.submit(poll, { by: ann, type: 'close' })
  const told = ['asks: Where to eat lunch?', 'voted for Pizza', 'closed the poll. Winner: Pizza']
  await expect.poll(() => app.titles(all)).toEqual(told)
  await expect.poll(behind).toBe(0)
  expect(app.threads(votes)).toMatchObject([{ status: { value: 'open' } }])

  await app.services.delivery.refreshThreads(poll.id)
  await expect.poll(() => app.titles(votes)).toEqual(told.slice(1))
  expect(app.threads(votes)).toMatchObject([{ status: { value: 'closed' } }])
  await expect.poll(behind).toBe(0)
  await app.services.delivery.refreshThreads(poll.id)
  await app.submit(poll, { by: ann, type: 'reopen' })
  await expect.poll(() => app.titles(all)).toEqual([...told, 'reopened the poll'])
  await expect.poll(behind).toBe(0)
  expect(app.titles(votes)).toEqual(told.slice(1))
})

test('a vote picked in an outdated thread is refused, and the thread is updated', async () => {
  const paired = await app.pair({ eventKinds: ['votes'] })
  const poll = await app.newPoll(ann)
  await app.vote(poll, ann)
  await expect.poll(() => app.titles(paired)).toEqual(['voted for Pizza'])
  await app.submit(poll, { by: ann, type: 'close' })
  await expect.poll(behind).toBe(0)
  const linkedAt = app.clock.now()
  const account = { chat: 'flowdock', accountId: '42', personId: ann.id, name: 'Ann', sees: [], linkedAt }
  await app.database.prisma.chatAccount.create({ data: account })

  const [vote] = app.threads(paired)[0]?.actions ?? []
  const [, place = ''] = (vote && 'target' in vote ? vote.target.urlTemplate : '').split('/flowdock/actions/polls/')
  const answer = await pickAs(app, '42', place, { secret: application.clientSecret })
  const detail = 'This poll is closed and takes no more votes. Its thread is being brought up to date.'
  expect([answer.statusCode, answer.json().detail]).toEqual([409, detail])
  await expect.poll(() => app.titles(paired)).toEqual(['voted for Pizza', 'closed the poll. Winner: Pizza'])
  expect(app.threads(paired)[0]?.actions.map(({ name }) => name)).toEqual([
    'Reopen poll (Person 1 only)',
    'Open in Polldock',
  ])
})

test('a poll without a thread gets none', async () => {
  const paired = await app.pair({ eventKinds: ['comments'] })
  const poll = await app.newPoll(ann)
  await app.submit(poll, { by: ann, type: 'close' })
  await expect.poll(behind).toBe(0)
  await app.services.delivery.refreshThreads(poll.id)
  await app.submit(poll, { by: ann, type: 'comment', body: 'Hungry' })
  await expect.poll(() => app.titles(paired)).toEqual(['commented'])
})

/** The number of threads that have not got every event. */
async function behind(): Promise<number> {
  const rows = await app.database.prisma.$queryRaw<unknown[]>`
    SELECT FROM mirrors m JOIN polls p ON p.id = m.poll_id WHERE m.revision < p.revision`
  return rows.length
}
