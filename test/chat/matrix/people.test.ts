import { expect, test } from 'vitest'
import type { MatrixChat } from '../../../src/chat/matrix/matrix-chat.ts'
import { nameFinder } from '../../../src/chat/matrix/receiving/people.ts'
import { closedAtEnd } from '../../support/at-end.ts'
import { openMatrixRoom } from '../../support/matrix-app.ts'

const app = await closedAtEnd(openMatrixRoom())
const { ann, ben, room, server } = app
const chat = app.services.chats.get('matrix') as MatrixChat
const more = await Promise.all(['Cleo', 'Dan', 'Eve'].map((name) => server.person(name)))
for (const person of more) {
  await ann.invite(room, person.userId)
  await person.join(room)
}

test('people have the names that they have in the room, asked for alone or at the same time', async () => {
  const together = nameFinder(chat)
  const accounts = [ann, ben, ...more].map(({ userId }) => userId)
  const names = ['Ann', 'Ben', 'Cleo', 'Dan', 'Eve']
  expect(await Promise.all(accounts.map((account) => together(room, account)))).toEqual(names)
  const alone = nameFinder(chat)
  for (const [index, account] of accounts.entries()) expect(await alone(room, account)).toBe(names[index])
})

test('somebody who is not in the room, and everybody while the homeserver fails, has the name of the account', async () => {
  const nameOf = nameFinder(chat)
  expect(await nameOf(room, '@zoe:chat.test')).toBe('zoe')
  server.faults.set({ kind: 'status', status: 503 })
  const all = () => Promise.all([ann, ben, ...more].map(({ userId }) => nameOf(room, userId)))
  expect(await all()).toEqual(['ann', 'ben', 'cleo', 'dan', 'eve'])
  server.faults.set()
  expect(await all()).toEqual(['Ann', 'Ben', 'Cleo', 'Dan', 'Eve'])
})
