import { expect, test } from 'vitest'
import { eventKinds } from '../../src/chat/wording.ts'
import { openTestApp } from '../support/app.ts'
import { closedAtEnd } from '../support/at-end.ts'
import { link } from '../support/flowdock-actions.ts'
import { page, textOf, textsOf, visitor } from '../support/pages.ts'

// Rooms were connected, and the chat is not set up any more: as after SANDBOX=off.
const testApp = await closedAtEnd(openTestApp())
const ann = await visitor(testApp, 'Ann')
const person = await testApp.database.prisma.person.findFirstOrThrow({ where: { name: 'Ann' } })
await link(testApp, 'ann', person)
const id = await testApp.services.connections.create({
  ...{ chat: 'flowdock', name: 'Polls', roomName: 'Acme / Main', roomUrl: null, address: {}, externalId: '1' },
  ...{ categories: [], eventKinds: [...eventKinds], start: 'now', credentials: 'sealed', createdBy: person },
})

test.each([
  [{ status: 'active', failingSince: new Date() }, ['Pause', 'Configure', 'Disconnect …']],
  [{ status: 'paused', statusReason: null }, ['Configure', 'Disconnect …']],
  [{ status: 'paused', statusReason: 'It says no.' }, ['Configure', 'Disconnect …']],
  [{ status: 'retired', statusReason: 'It is gone.' }, ['Disconnect …']],
] as const)('a connection of a former chat says so, and offers only what works: %j', async (data, actions) => {
  await testApp.database.prisma.connection.update({ where: { id }, data })
  await ann.get('/connections')
  const said = 'Flowdock is not set up on this server. Until it is, nothing is posted.'
  expect(textsOf(ann, '.connection > .error')[0]).toBe(said)
  expect(textsOf(ann, '.connection .actions :is(button, a)')).toEqual(actions)
})

test('no new poll is said to be posted to a room of a former chat', async () => {
  await testApp.database.prisma.connection.update({ where: { id }, data: { status: 'active' } })
  await ann.get('/polls/new')
  expect(page(ann).querySelector('#post-to')).toBeNull()
  expect(page(ann).querySelectorAll('[name=offeredRoom]')).toEqual([])
  expect(ann.page?.body).not.toContain('Will be posted')
})

test('the footer names the chat only where one is set up', async () => {
  await ann.get('/')
  expect(textOf(ann, 'footer')).toMatch(/^Polldock keeps polls in the browser\. /)
})
