import { expect, test } from 'vitest'
import { ChatAccounts } from '../../src/people/chat-accounts.ts'
import { closedAtEnd } from '../support/at-end.ts'
import { TestClock } from '../support/clock.ts'
import { openTestDatabase } from '../support/database.ts'

const clock = new TestClock()
const database = await closedAtEnd(openTestDatabase())
/** As of two processes. */
const [accounts, others] = [new ChatAccounts(database.prisma, clock.now), new ChatAccounts(database.prisma, clock.now)]

const account = (accountId: string) => ({ chat: 'irc', accountId })
const ids = Array.from({ length: 40 }, (_, index) => `new ${index}`)

test('people who write at the same time for the first time are created once each', async () => {
  const before = await database.prisma.person.count()
  const authors = await Promise.all(
    [...ids, ...ids].map((id, index) => (index % 3 ? accounts : others).authorOf(account(id), () => `Name of ${id}`)),
  )
  expect(authors.map(({ name }) => name)).toEqual([...ids, ...ids].map((id) => `Name of ${id}`))
  expect(new Set(authors.map(({ id }) => id)).size).toBe(ids.length)
  expect((await database.prisma.person.count()) - before).toBe(ids.length)
})

test('the name of a known account is not looked up', async () => {
  const unknown = await accounts.authorOf(account('guest'), () => 'Ann')
  expect(unknown).not.toHaveProperty('isSignedIn')
  const signedIn = { ...account('linked'), name: 'Ben', email: null, avatarUrl: null }
  const ben = await accounts.signIn(signedIn, undefined)
  const unneeded = () => expect.unreachable()
  expect(await accounts.authorOf(account('guest'), unneeded)).toEqual(unknown)
  expect(await accounts.authorOf(account('linked'), unneeded)).toEqual({ ...ben, isSignedIn: true })
})

test('an account whose id cannot be stored fails alone', async () => {
  const [bad, good] = await Promise.allSettled(
    ['a\0b', 'good'].map((id) => accounts.authorOf(account(id), () => 'Cleo')),
  )
  expect([bad?.status, good?.status]).toEqual(['rejected', 'fulfilled'])
})
