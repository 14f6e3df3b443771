import { afterEach, beforeEach, expect, test } from 'vitest'
import type { PersonName } from '../../src/people/types.ts'
import { type FlowdockApp, openFlowdockApp } from '../support/flowdock-app.ts'
import { createPerson } from '../support/polls.ts'

let app: FlowdockApp
let ann: PersonName

beforeEach(async () => {
  app = await openFlowdockApp()
  ann = await createPerson(app.database)
})

afterEach(() => app.close())

test('an open poll is posted once though its last event is of a kind that is not wanted, and then what is', async () => {
  const poll = await app.newPoll(ann, { category: 'Unwanted' })
  await app.vote(poll, ann)
  const paired = await app.pair({ start: 'open-polls', categories: ['unwanted'], eventKinds: ['comments'] })
  await expect.poll(() => app.titles(paired)).toEqual(['voted for Pizza'])
  await app.vote(poll, ann, 1)
  await app.submit(poll, { by: ann, type: 'comment', body: 'Hungry' })
  await expect.poll(() => app.titles(paired)).toEqual(['voted for Pizza', 'commented'])
})
