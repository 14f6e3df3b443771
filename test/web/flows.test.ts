import { afterAll, beforeAll, expect, test } from 'vitest'
import { eventKinds } from '../../src/chat/wording.ts'
import type { TestApp } from '../support/app.ts'
import type { Browser } from '../support/browser.ts'
import { link, openActionsApp } from '../support/flowdock-actions.ts'
import { createPoll, type PagePoll, page, textOf, textsOf, visitor } from '../support/pages.ts'

let testApp: TestApp
let ann: Browser
let main: string
let lunch: string

beforeAll(async () => {
  testApp = await openActionsApp()
  ann = await visitor(testApp, 'Ann')
  const person = await testApp.database.prisma.person.findFirstOrThrow({ where: { name: 'Ann' } })
  await link(testApp, 'ann', person)
  const room = { chat: 'flowdock', name: 'Polls', roomUrl: null, address: {}, credentials: 'sealed' } as const
  const settings = { eventKinds: [...eventKinds], createdBy: person, start: 'now' as const }
  const connect = (roomName: string, categories: string[]) =>
    testApp.services.connections.create({ ...room, ...settings, externalId: roomName, roomName, categories })
  main = await connect('Acme / Main', [])
  testApp.clock.advance(1)
  lunch = await connect('Acme / Lunch Club', ['Food'])
})

afterAll(() => testApp.close())

const offered = () => ({ offeredRoom: [main, lunch] })

async function roomsOf({ id }: Pick<PagePoll, 'id'>): Promise<string[]> {
  return (await testApp.services.polls.view(id)).mirrors.map(({ room }) => room)
}

test('the form says where a poll will be posted, and lets the creator leave a room out for good', async () => {
  await ann.get('/polls/new')
  expect(textsOf(ann, '#post-to label')).toEqual(['Acme / Main', 'Acme / Lunch Club only polls in Food'])
  const poll = await createPoll(ann, { category: 'Food', ...offered(), postTo: lunch })
  expect(textOf(ann, '#posted-to')).toBe('Posted to Acme / Lunch Club.')
  expect(await roomsOf(poll)).toEqual(['Acme / Lunch Club'])

  await ann.post(`${poll.path}/edit`, { title: 'Where to eat lunch?', description: '', category: 'Sport' })
  await ann.post(`${poll.path}/edit`, { title: 'Where to eat lunch?', description: '', category: 'Food' })
  const { connections } = testApp.services
  await connections.change(main, { categories: ['Sport'], eventKinds: [...eventKinds] })
  await connections.change(main, { categories: [], eventKinds: [...eventKinds] })
  expect(await roomsOf(poll)).toEqual(['Acme / Lunch Club'])
})

test('a form that is refused keeps what was left out', async () => {
  await ann.get('/polls/new')
  const { statusCode } = await ann.post('/polls', { title: 'x', options: ['A', 'B'], ...offered(), postTo: main })
  expect(statusCode).toBe(422)
  const checked = page(ann).querySelectorAll('#post-to input[checked]')
  expect(checked.map((input) => input.getAttribute('value'))).toEqual([main])
})

test('guests choose by one box whether it is posted, and read no names of rooms', async () => {
  const guest = testApp.browser()
  const { body } = await guest.get('/polls/new')
  expect(body).not.toContain('Acme')
  expect(page(guest).querySelector('[name=postTo]')?.hasAttribute('checked')).toBe(true)
  const offeredRoom = page(guest)
    .querySelectorAll('[name=offeredRoom]')
    .map((field) => field.getAttribute('value') ?? '')
  const bob = await visitor(testApp, 'Bob')
  expect(await roomsOf(await createPoll(bob, { offeredRoom }))).toEqual([])
  expect(await roomsOf(await createPoll(bob, { offeredRoom, postTo: 'all' }))).toEqual(['Acme / Main'])
  expect(page(bob).querySelector('#posted-to')).toBeNull()
})

test('the API leaves rooms out by their ids, and ignores those that it does not know', async () => {
  const headers = { 'x-csrf-token': ann.csrfToken, 'content-type': 'application/json' }
  const payload = { title: 'From a program', options: ['A', 'B'], notPostedTo: [main, 'unknown'] }
  const { statusCode, json } = await testApp.app.inject({
    ...{ method: 'POST', url: '/api/polls', headers, payload },
    cookies: Object.fromEntries(ann.cookies),
  })
  expect(statusCode).toBe(201)
  expect(await roomsOf(json())).toEqual([])
})
