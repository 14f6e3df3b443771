import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { moveConnections } from '../../src/chat/connections/connections.ts'
import type { Database } from '../../src/database/database.ts'
import { type ChatAccount, ChatAccounts } from '../../src/people/chat-accounts.ts'
import { beginMerge } from '../../src/people/merges.ts'
import type { PersonName } from '../../src/people/model/person-name.ts'
import { BallotBox } from '../../src/polls/ballot-box/ballot-box.ts'
import type { Poll } from '../../src/polls/model/poll.ts'
import { PollQueries } from '../../src/polls/queries/poll-queries.ts'
import { castVote } from '../support/cast-vote.ts'
import { minute, TestClock } from '../support/clock.ts'
import { openTestDatabase } from '../support/database.ts'
import { createPeople, createPoll } from '../support/polls.ts'

const clock = new TestClock()
let database: Database
let box: BallotBox
let accounts: ChatAccounts
let guest: PersonName
let poll: Poll

beforeAll(async () => {
  database = await openTestDatabase()
  box = new BallotBox(database, clock.now)
  accounts = new ChatAccounts(database.prisma, clock.now)
})

beforeEach(async () => {
  const [ann, other] = (await createPeople(database, 2)) as [PersonName, PersonName]
  guest = other
  poll = await createPoll(box, ann)
})

afterAll(() => database.close())

const accountOf = ({ id, name }: PersonName): ChatAccount => {
  return { chat: 'flowdock', accountId: `account of ${id}`, name, email: null, avatarUrl: null }
}

const signIn = (who: PersonName) => accounts.signIn(accountOf(who), who)
const unlink = (who: PersonName) => accounts.unlink(who.id, accountOf(who))

/** Leaves an event in the log of the poll, and no ballot. */
async function voteAndWithdraw(by: PersonName): Promise<void> {
  await box.submit({ pollId: poll.id, command: castVote(poll, by) })
  await box.submit({ pollId: poll.id, command: { type: 'withdrawVote', by } })
}

/** Whether `act` makes cached pages of the poll stale. */
async function outdates(act: () => Promise<unknown>): Promise<boolean> {
  const version = async () => (await new PollQueries(database.prisma).view(poll.id)).version
  const before = await version()
  clock.advance(minute)
  await act()
  return (await version()) !== before
}

test('pages stay cached when a guest without polls or votes signs in, and unlinks the account', async () => {
  expect(await outdates(() => signIn(guest))).toBe(false)
  expect(await outdates(() => unlink(guest))).toBe(false)
})

test('pages are rendered with other marks when a guest whose vote was withdrawn signs in, and unlinks', async () => {
  await voteAndWithdraw(guest)
  expect(await outdates(() => signIn(guest))).toBe(true)
  expect(await outdates(() => unlink(guest))).toBe(true)
  expect(await outdates(() => signIn(guest))).toBe(true)
})

test('pages stay cached when a guest without polls or votes signs in as a known person', async () => {
  const [person] = (await createPeople(database, 1)) as [PersonName]
  await signIn(person)
  await voteAndWithdraw(person)
  const ids = { guestId: guest.id, personId: person.id }
  expect(await outdates(() => beginMerge(database.prisma, ids, clock.now(), moveConnections))).toBe(false)
})

test('pages are rendered with another name when a guest whose vote was withdrawn signs in as a known person', async () => {
  const [person] = (await createPeople(database, 1)) as [PersonName]
  await signIn(person)
  await voteAndWithdraw(guest)
  const ids = { guestId: guest.id, personId: person.id }
  expect(await outdates(() => beginMerge(database.prisma, ids, clock.now(), moveConnections))).toBe(true)
})

test('a guest’s actions are marked when the person unlinks their only account', async () => {
  const [person] = (await createPeople(database, 1)) as [PersonName]
  await signIn(person)
  await voteAndWithdraw(guest)
  await beginMerge(database.prisma, { guestId: guest.id, personId: person.id }, clock.now(), moveConnections)
  expect(await outdates(() => unlink(person))).toBe(true)
})

test('a log too long to be read counts as one that names the guest', async () => {
  await database.prisma.poll.update({ where: { id: poll.id }, data: { revision: 1_000_000 } })
  expect(await outdates(() => signIn(guest))).toBe(true)
})
