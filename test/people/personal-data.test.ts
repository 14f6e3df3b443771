import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { connectionsMadeBy } from '../../src/chat/connections/connections.ts'
import type { Database } from '../../src/database/database.ts'
import { jsonText } from '../../src/people/json-text.ts'
import type { PersonName } from '../../src/people/model/person-name.ts'
import { PersonalData } from '../../src/people/personal-data.ts'
import { BallotBox } from '../../src/polls/ballot-box/ballot-box.ts'
import type { Submission } from '../../src/polls/ballot-box/batch.ts'
import type { Poll } from '../../src/polls/model/poll.ts'
import { castVote } from '../support/cast-vote.ts'
import { TestClock } from '../support/clock.ts'
import { openTestDatabase } from '../support/database.ts'
import { createPeople, createPoll } from '../support/polls.ts'

const clock = new TestClock()
let database: Database
let box: BallotBox
let personalData: PersonalData

beforeAll(async () => {
  database = await openTestDatabase()
  box = new BallotBox(database, clock.now)
  personalData = new PersonalData(database.prisma, clock.now, box, connectionsMadeBy, async () => true)
})
afterAll(() => database.close())

/** More than any page of an export, and than any statement of a removal. */
const many = 310
const manyAnswers = 1_100

const submit = (pollId: string, command: Submission['command']) => box.submit({ pollId, command })

/** A person with more polls, votes, comments and openings than fit into a page, also as the guest that they were. */
async function busyPerson() {
  const [ann, guest] = (await createPeople(database, 2)) as [PersonName, PersonName]
  await database.prisma.person.update({ where: { id: guest.id }, data: { name: 'Unusual', mergedIntoId: ann.id } })
  const polls = await Promise.all(
    Array.from({ length: many }, (_, index) => createPoll(box, ann, { title: `Poll ${index}` })),
  )
  const [commented, merged] = polls as [Poll, Poll]
  const bodies: string[] = []
  for (const by of [ann, guest, ann]) {
    clock.advance(1_000)
    const some = Array.from({ length: 40 }, () => `Comment ${bodies.length + 1}`.concat('\n"Hi"'))
    for (const body of some) bodies.push(`${body} ${bodies.length}`)
    const added = bodies.slice(-some.length)
    await Promise.all(added.map((body) => submit(commented.id, { by, type: 'comment', body })))
  }
  await submit(merged.id, castVote(merged, guest))
  await submit(merged.id, { by: ann, type: 'mergeGuest', guest: { ...guest, name: 'Unusual' } })
  const at = clock.now()
  await database.prisma.opening.createMany({ data: polls.map(({ id: pollId }) => ({ pollId, personId: ann.id, at })) })
  const answer = { owner: ann.id, fingerprint: '', answer: {}, createdAt: at }
  const answers = Array.from({ length: manyAnswers }, (_, key) => ({ ...answer, key: String(key) }))
  await database.prisma.idempotencyKey.createMany({ data: answers })
  return { ann, guest, polls, bodies, merged }
}

const exportOf = async ({ id }: PersonName) => JSON.parse(await text(await personalData.export(id)))
const sorted = (texts: string[]) => texts.toSorted()

test('an export over many pages contains everything once, in the order of time', async () => {
  const { ann, guest, polls, bodies } = await busyPerson()
  for (const poll of polls.slice(1).toReversed()) {
    clock.advance(1)
    await submit(poll.id, castVote(poll, ann, 1))
  }
  const exported = await exportOf(ann)
  const ids = polls.map(({ id }) => id)
  const idsIn = (rows: { id?: string; pollId?: string }[]) => rows.map(({ id, pollId }) => id ?? pollId ?? '')
  expect(exported).toMatchObject({ person: { id: ann.id }, formerGuests: [{ id: guest.id, name: 'Unusual' }] })
  expect(sorted(idsIn(exported.polls))).toEqual(sorted(ids))
  expect(sorted(idsIn(exported.opened))).toEqual(sorted(ids))
  expect(idsIn(exported.votes)).toEqual(ids.slice(1).toReversed())
  expect(exported.votes[0].choices).toEqual([polls.at(-1)?.options[1]?.id])
  expect(
    sorted(exported.options.map(({ pollId, title }: { pollId: string; title: string }) => `${pollId} ${title}`)),
  ).toEqual(sorted(polls.flatMap(({ id, options }) => options.map(({ title }) => `${id} ${title}`))))
  expect(exported.comments.map(({ body }: { body: string }) => body)).toEqual(bodies)
})

test('a removal of more than one statement deletes leaves nothing', async () => {
  const { ann, guest, polls, merged } = await busyPerson()
  await personalData.remove(ann)
  await expectRemoved(ann, guest, polls, merged)
})

test('a removal that was interrupted is finished by the sweep', async () => {
  const { ann, guest, polls, merged } = await busyPerson()
  let submitted = 0
  const failing = {
    submit: (submission: Submission) => {
      submitted += 1
      return submitted > 150 ? Promise.reject(new Error('The process ends.')) : box.submit(submission)
    },
  } as BallotBox
  const interrupted = new PersonalData(database.prisma, clock.now, failing, connectionsMadeBy, async () => true)
  await expect(interrupted.remove(ann)).rejects.toThrow('The process ends.')
  expect((await exportOf(ann)).person.name).toBe(ann.name)
  await personalData.sweep()
  await expectRemoved(ann, guest, polls, merged)
})

async function expectRemoved(ann: PersonName, guest: PersonName, polls: Poll[], merged: Poll): Promise<void> {
  const { prisma } = database
  const people = await prisma.person.findMany({ where: { id: { in: [ann.id, guest.id] } } })
  expect(people.map(({ name, removingSince }) => [name, removingSince])).toEqual(Array(2).fill(['somebody', null]))
  const ofAnn = { personId: ann.id }
  const counts = [
    prisma.comment.count({ where: { authorId: { in: [ann.id, guest.id] } } }),
    prisma.opening.count({ where: ofAnn }),
    prisma.idempotencyKey.count({ where: { owner: ann.id } }),
  ]
  expect(await Promise.all(counts)).toEqual([0, 0, 0])
  const left = await prisma.poll.findMany({ where: { createdById: ann.id, deletedAt: null } })
  expect(left.map(({ id }) => id)).toEqual([merged.id])
  expect(polls).toHaveLength(many)
  const log = await prisma.event.findMany({ where: { pollId: merged.id, type: 'guest_merged' } })
  expect(log.map(({ facts }) => facts)).toMatchObject([{ guest: { id: guest.id, name: 'somebody' } }])
}

test.each([0, 2])('JSON in pieces is what JSON.stringify makes, indented by %d', async (indent) => {
  async function* pages(...all: unknown[][]) {
    yield* all
  }
  const item = { text: 'two\nlines "and" more', at: new Date(0), list: [1, 2], none: [] }
  const fields = {
    one: item,
    nothing: null,
    some: pages([item, item], [], [item]),
    empty: pages(),
    alsoEmpty: pages([]),
  }
  const pieces = await text(jsonText(fields, indent))
  const whole = { one: item, nothing: null, some: [item, item, item], empty: [], alsoEmpty: [] }
  expect(pieces).toBe(JSON.stringify(whole, null, indent))
  expect(await text(jsonText({}, indent))).toBe('{}')
})
