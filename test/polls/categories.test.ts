import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Database } from '../../src/database/database.ts'
import type { PersonName } from '../../src/people/model/person-name.ts'
import { BallotBox } from '../../src/polls/ballot-box/ballot-box.ts'
import { PollQueries } from '../../src/polls/queries/poll-queries.ts'
import { TestClock } from '../support/clock.ts'
import { openTestDatabase } from '../support/database.ts'
import { createPerson, createPoll } from '../support/polls.ts'

let database: Database
let box: BallotBox
let queries: PollQueries
let ann: PersonName

beforeEach(async () => {
  database = await openTestDatabase()
  box = new BallotBox(database, new TestClock().now)
  queries = new PollQueries(database.prisma)
  ann = await createPerson(database)
})

afterEach(() => database.close())

const ask = (...categories: string[]) => Promise.all(categories.map((category) => createPoll(box, ann, { category })))

test('the most used categories come first, each in its most frequent spelling', async () => {
  await ask('Games', '', 'food', 'Food', '', '', 'Food')
  expect(await queries.categories()).toEqual(['Food', 'Games'])
})

test('a category without a listed poll is left out', async () => {
  const [deleted, archived] = await ask('Mistakes', 'Old times')
  await box.submit({ pollId: deleted?.id ?? '', command: { by: ann, type: 'delete' } })
  await box.submit({ pollId: archived?.id ?? '', command: { by: ann, type: 'close' } })
  await box.submit({ pollId: archived?.id ?? '', command: { by: ann, type: 'archive' } })
  expect(await queries.categories()).toEqual([])
})

test('at most twenty categories are listed', async () => {
  await ask(...Array.from({ length: 25 }, (_, index) => `Category ${index}`))
  expect(await queries.categories()).toHaveLength(20)
})
