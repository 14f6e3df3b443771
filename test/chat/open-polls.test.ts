import { afterEach, beforeEach, expect, test } from 'vitest'
import type { PersonName } from '../../src/people/model/person-name.ts'
import { type FlowdockApp, openFlowdockApp } from '../support/flowdock-app.ts'
import { createPerson } from '../support/polls.ts'

let app: FlowdockApp
let ann: PersonName

beforeEach(async () => {
  app = await openFlowdockApp()
  ann = await createPerson(app.database)
})

afterEach(() => app.close())

test('an open poll starts with one snapshot, then later events that the connection wants', async () => {
  const poll = await app.newPoll(ann, { category: 'Unwanted' })
  await app.vote(poll, ann)
  const paired = await app.pair({ start: 'open-polls', categories: ['unwanted'], eventKinds: ['comments'] })
  await expect.poll(() => app.titles(paired)).toEqual(['asks: Where to eat lunch?'])
  expect(app.threads(paired)[0]?.fields.at(-1)).toMatchObject({ value: '1' })
  await app.vote(poll, ann, 1)
  await app.submit(poll, { by: ann, type: 'comment', body: 'Hungry' })
  await expect.poll(() => app.titles(paired)).toEqual(['asks: Where to eat lunch?', 'commented'])
})

test('a lost reply repeats the same snapshot, and later events follow', async () => {
  const poll = await app.newPoll(ann)
  await app.vote(poll, ann)
  app.sandbox.faults.set({ kind: 'lose-reply', path: '/messages', times: 1 })
  const paired = await app.pair({ start: 'open-polls' })
  await app.submit(poll, { by: ann, type: 'comment', body: 'Hungry' })
  await expect
    .poll(() => app.titles(paired))
    .toEqual(['asks: Where to eat lunch?', 'asks: Where to eat lunch?', 'commented'])
  const [first, again] = app.posted(paired)
  expect(again?.uuid).toBe(first?.uuid)
})

test('a rejected snapshot can be posted again', async () => {
  const poll = await app.newPoll(ann)
  await app.vote(poll, ann)
  app.sandbox.faults.set({ kind: 'status', status: 400, path: '/messages', times: 1 })
  const paired = await app.pair({ start: 'open-polls' })
  await expect.poll(() => app.database.prisma.rejection.count()).toBe(1)
  await app.services.delivery.resend(paired.id)
  await expect.poll(() => app.titles(paired)).toEqual(['asks: Where to eat lunch?'])
  await expect.poll(() => app.database.prisma.rejection.count()).toBe(0)
})
