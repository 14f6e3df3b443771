import { expect, test } from 'vitest'
import { newId } from '../../src/people/model/ids.ts'
import { openTestApp } from '../support/app.ts'
import { closedAtEnd } from '../support/at-end.ts'
import { createPoll, page, signInWithChat, textOf, visitor } from '../support/pages.ts'

const testApp = await closedAtEnd(openTestApp())
const ann = await visitor(testApp, 'Ann')
const bob = await visitor(testApp, 'Bob')
const guest = await visitor(testApp, 'Guest')
await signInWithChat(testApp, ['Ann', 'Bob'])

async function mirror(pollId: string): Promise<void> {
  const { prisma } = testApp.database
  const { createdById } = await prisma.poll.findUniqueOrThrow({ where: { id: pollId } })
  const id = newId()
  await prisma.connection.create({
    data: {
      ...{
        id,
        chat: 'flowdock',
        status: 'active',
        name: 'Polls',
        roomName: 'Acme / Main',
        externalId: id,
        address: {},
      },
      ...{ createdById, createdAt: testApp.clock.now(), attempts: 0, errorShown: false },
    },
  })
  await prisma.mirror.create({ data: { pollId, connectionId: id, revision: 1 } })
}

test('the creator reminds those who have not voted, once an hour, or copies a reminder', async () => {
  const poll = await createPoll(ann)
  await ann.get(poll.path)
  expect(page(ann).querySelector('#reminder')).toBeNull()
  await guest.get(poll.path)
  await bob.get(poll.path)
  expect(page(bob).querySelector('#reminder')).toBeNull()
  await ann.get(poll.path)
  expect(textOf(ann, '#reminder h3')).toBe('1 person has not voted')
  expect(page(ann).querySelector('#remind-poll')).toBeNull()
  const copied = page(ann).querySelector('#reminder-text')?.getAttribute('value')
  expect(copied).toMatch(/^“Where to eat lunch\?”: please vote\. http\S+ Not voted yet: Bob\.$/)

  await mirror(poll.id)
  await ann.get(poll.path)
  expect(textOf(ann, '#remind-poll button')).toBe('Remind 1 person in Acme / Main')
  await ann.post(`${poll.path}/remind`)
  await ann.follow()
  expect(textOf(ann, 'p.done[role=status]')).toBe('Reminded 1 person.')
  expect(page(ann).querySelector('#remind-poll')).toBeNull()
  expect(textOf(ann, '#reminder .hint')).toBe('You can remind again in 1 hour. Last reminded just now')
  const again = await ann.post(`${poll.path}/remind`)
  expect(again.statusCode).toBe(409)
  expect(textOf(ann, '#refusal')).toBe('People were reminded less than an hour ago. You can remind again in 1 hour.')
  expect((await bob.post(`${poll.path}/remind`)).statusCode).toBe(403)

  await bob.post(`${poll.path}/ballot`, { choice: poll.options[0] ?? '' })
  await ann.get(poll.path)
  expect(textOf(ann, '#reminder h3')).toBe('0 people have not voted')
  expect(ann.page?.body).not.toContain('Not voted yet')
})

test('the API reminds too', async () => {
  const poll = await createPoll(ann)
  await bob.get(poll.path)
  const { id } = await testApp.database.prisma.person.findFirstOrThrow({ where: { name: 'Ann' } })
  const { token } = await testApp.services.tokens.create(id, 'Test')
  const send = () =>
    testApp.app.inject({
      method: 'POST',
      url: `/api/polls/${poll.id}/reminders`,
      headers: { authorization: `Bearer ${token}` },
    })
  expect((await send()).statusCode).toBe(200)
  expect((await send()).json()).toMatchObject({ status: 409, code: 'reminded_recently' })
})
