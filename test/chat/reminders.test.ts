import { beforeEach, expect, test } from 'vitest'
import { remindDue } from '../../src/jobs/reminders.ts'
import type { PersonName } from '../../src/people/model/person-name.ts'
import type { Poll } from '../../src/polls/model/poll.ts'
import { closedAtEnd } from '../support/at-end.ts'
import { openFlowdockApp, type Paired } from '../support/flowdock-app.ts'
import { type Asked, createPeople, createPerson, expectConsistent, refusalOf } from '../support/polls.ts'

let paired: Paired
let voter: PersonName
let other: PersonName

const app = await closedAtEnd(openFlowdockApp())
const ada = await createPerson(app.database)

beforeEach(async () => {
  await app.database.prisma.connection.updateMany({ data: { status: 'disconnected' } })
  paired = await app.pair()
  const [one, two] = await createPeople(app.database, 2)
  voter = { ...(one as PersonName), name: 'Vera' }
  other = { ...(two as PersonName), name: 'Otto' }
  for (const { id, name } of [voter, other]) await app.services.people.rename(id, name)
})

const remind = async (poll: Poll, by = ada) =>
  app.submit(poll, { type: 'remind', by, people: (await app.services.nonVoters.of(poll)).people })
const open = ({ id }: Poll, { id: personId }: PersonName) => app.services.nonVoters.noteOpened(id, personId)

/** The reminder that was posted. */
async function posted() {
  const find = () => app.posted(paired).find(({ title }) => title.startsWith('remind'))
  await expect.poll(find).toBeDefined()
  return find()
}

async function openedPoll(asked: Asked = {}): Promise<Poll> {
  const poll = await app.newPoll(ada, asked)
  for (const person of [ada, voter, other]) await open(poll, person)
  await app.vote(poll, voter)
  return (await app.services.polls.view(poll.id)).poll
}

test('a reminder names those who opened the poll signed in and have not voted, and nobody else', async () => {
  const poll = await openedPoll()
  expect(await app.services.nonVoters.of(poll)).toEqual({ people: 1, names: ['Otto'] })
  await remind(poll)
  const message = await posted()
  expect(message?.title).toBe('reminds 1 person to vote')
  expect(message?.body).toMatch(/^Not voted yet: Otto\.<br \/>Vote under the gear of this thread/)
  expect(message?.body).not.toContain('Vera')
  expect(await app.services.polls.events(poll.id, { before: 4, limit: 1 })).toMatchObject([{ facts: { people: 1 } }])
  await expectConsistent(app.database, poll.id)
})

test('a person who votes before the reminder is posted is not named', async () => {
  const poll = await openedPoll()
  app.sandbox.faults.set({ kind: 'status', status: 503, path: '/messages' })
  await remind(poll)
  await app.vote(poll, other)
  app.sandbox.faults.clear()
  expect(await posted()).toMatchObject({ title: 'reminded people to vote', body: 'Meanwhile everybody has voted.' })
})

test('a voter list is reminded instead of those who opened the poll, without e-mail addresses', async () => {
  const roll = ['Vera', 'Ann Lee <ann@example.org>', 'bob@example.org']
  const poll = await openedPoll({ roll })
  expect(await app.services.nonVoters.of(poll)).toEqual({ people: 2, names: ['Ann Lee'] })
  await remind(poll)
  const message = await posted()
  expect(message?.body).toMatch(/^Not voted yet: Ann Lee and 1 more\./)
  expect(message?.body).not.toContain('example.org')
})

test('in an anonymous poll nobody is named, as that would show who has voted', async () => {
  const poll = await app.newPoll(ada, { anonymous: true })
  for (const person of [voter, other]) await open(poll, person)
  expect(await app.services.nonVoters.of(poll)).toEqual({ people: 2, names: [] })
  await remind(poll)
  const message = await posted()
  expect(message?.title).toBe('reminds 2 people to vote')
  expect(message?.body).not.toMatch(/Vera|Otto/)
})

test('only the creator reminds, at most once an hour, while somebody has not voted and the poll is open', async () => {
  const poll = await openedPoll()
  expect(await refusalOf(remind(poll, other))).toBe('forbidden')
  await remind(poll)
  expect(await refusalOf(remind(poll))).toBe('reminded_recently')
  const late = await openedPoll()
  await app.vote(late, other)
  expect(await refusalOf(remind(late))).toBe('nobody_to_remind')
  await app.submit(late, { by: ada, type: 'close' })
  expect(await refusalOf(remind(late))).toBe('poll_closed')
})

test('at the set time before closing people are reminded once', async () => {
  const now = app.services.clock().getTime()
  const inMinutes = (minutes: number) => new Date(now + minutes * 60_000)
  const due = await openedPoll({ closesAt: inMinutes(59), remindHours: 1 })
  const later = await openedPoll({ closesAt: inMinutes(61), remindHours: 1 })
  const never = await openedPoll({ closesAt: inMinutes(59) })
  await Promise.all([remindDue(app.services), remindDue(app.services)])
  await remindDue(app.services)
  const reminders = async ({ id }: Poll) =>
    (await app.services.polls.events(id, { limit: 20 })).filter(({ facts }) => facts.type === 'reminded')
  expect(await reminders(due)).toMatchObject([{ facts: { type: 'reminded', people: 1, onTime: true } }])
  expect([await reminders(later), await reminders(never)]).toEqual([[], []])
  expect((await posted())?.body).toMatch(/Otto.*The poll closes /)
})

test('people who open polls at the same time are all remembered', async () => {
  const polls = [await app.newPoll(ada), await app.newPoll(ada)]
  const people = await createPeople(app.database, 10)
  await Promise.all(polls.flatMap((poll) => people.map((person) => open(poll, person))))
  const counts = polls.map(({ id }) => app.database.prisma.opening.count({ where: { pollId: id } }))
  expect(await Promise.all(counts)).toEqual([10, 10])
})

test('at most 500 people who opened a poll are remembered', async () => {
  const poll = await app.newPoll(ada)
  const people = await createPeople(app.database, 502)
  for (const person of people) await open(poll, person)
  expect(await app.database.prisma.opening.count({ where: { pollId: poll.id } })).toBe(500)
})
