import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Database } from '../../src/database/database.ts'
import type { PersonName } from '../../src/people/model/person-name.ts'
import { BallotBox } from '../../src/polls/ballot-box/ballot-box.ts'
import type { Poll } from '../../src/polls/model/poll.ts'
import { PollQueries } from '../../src/polls/queries/poll-queries.ts'
import { TestClock } from '../support/clock.ts'
import { openTestDatabase } from '../support/database.ts'
import { createPeople, createPoll, expectConsistent, refusalOf } from '../support/polls.ts'

let database: Database
let box: BallotBox
let queries: PollQueries
let ann: PersonName
let bob: PersonName

beforeAll(async () => {
  database = await openTestDatabase()
  box = new BallotBox(database, new TestClock().now)
  queries = new PollQueries(database.prisma)
  ;[ann, bob] = (await createPeople(database, 2)) as [PersonName, PersonName]
})

afterAll(() => database.close())

const secret = 'My phone number is 555'
const say = ({ id }: Poll, body: string) => box.submit({ pollId: id, command: { by: bob, type: 'comment', body } })
const edit = ({ id }: Poll, comment: number, body: string, by = bob) =>
  box.submit({ pollId: id, command: { by, type: 'editComment', comment, body } })
const remove = ({ id }: Poll, comment: number, by = ann) =>
  box.submit({ pollId: id, command: { by, type: 'deleteComment', comment } })

/** All rows of the tables that could hold a text of this poll. */
async function stored(pollId: string): Promise<string> {
  const { comment, event, idempotencyKey } = database.prisma
  const rows = await Promise.all([
    comment.findMany({ where: { pollId } }),
    event.findMany({ where: { pollId } }),
    idempotencyKey.findMany(),
  ])
  return JSON.stringify(rows)
}

test('the text of a deleted comment is stored nowhere', async () => {
  const poll = await createPoll(box, ann)
  await say(poll, secret)
  await edit(poll, 2, `${secret}!`)
  expect(await stored(poll.id)).toContain(secret)
  await remove(poll, 2)
  expect(await stored(poll.id)).not.toContain('phone')
  expect((await queries.events(poll.id, { after: 1, limit: 9 })).map(({ facts }) => facts)).toEqual([
    { type: 'commented', body: null },
    { type: 'comment_edited', comment: 2, body: null },
    { type: 'comment_deleted', comment: 2 },
  ])
  await expectConsistent(database, poll.id)
})

test('the log holds the new text of an edited comment, and not the old one', async () => {
  const poll = await createPoll(box, ann)
  await say(poll, secret)
  await edit(poll, 2, 'Call me')
  expect(await stored(poll.id)).not.toContain('phone')
  expect(await queries.comments(poll.id, { limit: 9 })).toMatchObject([{ body: 'Call me', editedAt: expect.any(Date) }])
  expect((await queries.events(poll.id, { after: 1, limit: 9 })).map(({ facts }) => facts)).toEqual([
    { type: 'commented', body: 'Call me' },
    { type: 'comment_edited', comment: 2, body: 'Call me' },
  ])
  await expectConsistent(database, poll.id)
})

test('one batch writes, edits and deletes comments', async () => {
  const poll = await createPoll(box, ann)
  await Promise.all([say(poll, secret), say(poll, 'One'), edit(poll, 3, 'Two'), remove(poll, 2)])
  expect((await queries.comments(poll.id, { limit: 9 })).map(({ body }) => body)).toEqual(['Two'])
  expect(await stored(poll.id)).not.toContain('phone')
  await expectConsistent(database, poll.id)
})

test('a guest’s comment is still the guest’s after the sign-in', async () => {
  const [guest, person] = (await createPeople(database, 2)) as [PersonName, PersonName]
  const poll = await createPoll(box, ann)
  await box.submit({ pollId: poll.id, command: { by: guest, type: 'comment', body: 'Hm' } })
  expect(await refusalOf(edit(poll, 2, 'Yes', person))).toBe('forbidden')
  await database.prisma.person.update({ where: { id: guest.id }, data: { mergedIntoId: person.id } })
  await edit(poll, 2, 'Yes', person)
  expect(await queries.comments(poll.id, { limit: 9 })).toMatchObject([{ body: 'Yes', author: { id: person.id } }])
})
