import { setTimeout as sleep } from 'node:timers/promises'
import { beforeEach, describe, expect, test } from 'vitest'
import { signInvitation } from '../../../src/chat/matrix/connecting/invitation.ts'
import { testSecret } from '../../support/app.ts'
import { closedAtEnd } from '../../support/at-end.ts'
import type { Browser } from '../../support/browser.ts'
import { openMatrixApp } from '../../support/matrix-app.ts'
import type { MatrixPerson } from '../../support/matrix-person.ts'
import { page, signInWithChat, textOf, textsOf, visitor } from '../../support/pages.ts'
import { fieldsIn } from '../../support/webhook-app.ts'

const app = await closedAtEnd(openMatrixApp())
const { prisma } = app.database

let ann: MatrixPerson
let visitors = 0

beforeEach(async () => {
  await prisma.mirror.deleteMany()
  await prisma.connection.deleteMany()
  ann = await app.server.person(`Ann${Date.now()}`)
})

/** Invites the bot, and reads the link that it sends to a direct room. */
async function invited(): Promise<{ room: string; link: string }> {
  const room = await ann.createRoom({ name: 'Lunch room', preset: 'private_chat', invite: [app.bot] })
  const third = await app.server.person(`Third${Date.now()}`)
  await ann.invite(room, third.userId)
  await third.join(room)
  const isInvited = ({ id }: { id: string }) =>
    id !== room && app.server.homeserver.rooms.get(id)?.membership(ann.userId) === 'invite'
  for (;;) {
    const direct = [...app.server.homeserver.rooms.values()].find(isInvited)
    await app.settled()
    if (!direct) continue
    await ann.join(direct.id)
    const [link] = (await app.said(ann, direct.id)).flatMap((text) => /\/connections\/new\/\S+/.exec(text) ?? [])
    if (link) return { room, link }
    await sleep(20)
  }
}

/** Only people who can sign in again may manage a connection. */
async function signedIn(): Promise<Browser> {
  visitors += 1
  const name = `Ann ${visitors}`
  const browser = await visitor(app, name)
  await signInWithChat(app, [name])
  return browser
}

async function confirm(browser: Browser, link: string, fields: Record<string, string | string[]> = {}) {
  const { body } = await browser.get(link)
  return browser.post(link, { ...fieldsIn(body), ...fields })
}

test('the link that the bot sends leads to a page that connects the room', async () => {
  const { room, link } = await invited()
  const browser = await signedIn()
  await browser.get(link)
  expect(textOf(browser, '#connection > p')).toBe('The room Lunch room gets the polls that you choose here.')
  expect((await confirm(browser, link, { kind: ['votes', 'comments'] })).headers.location).toBe(
    '/connections?done=connected&chat=matrix',
  )
  expect(await prisma.connection.findFirstOrThrow()).toMatchObject({
    ...{ chat: 'matrix', roomName: 'Lunch room', externalId: room, address: { room }, status: 'active' },
    eventKinds: ['votes', 'comments'],
  })
  await browser.follow()
  expect(textsOf(browser, '.connection h2')).toEqual(['Lunch room'])
  expect(textOf(browser, '.facts')).toContain('What people write in its threads becomes comments')
  expect(textsOf(browser, '.list-head a')).toEqual(['Connect a Matrix room'])
  // Nothing but the connections that a person made is found by a sign-in.
  expect(textOf(browser, '[aria-labelledby=account-heading] p')).toMatch(/You see the connections that you made\.$/)
})

describe('what only rooms of Matrix have', () => {
  const saved = async () => (await prisma.connection.findFirstOrThrow()).chatSettings
  const isChecked = (browser: Browser) => page(browser).querySelector('[value=createPolls]')?.hasAttribute('checked')

  test('is on at first, and stored as the form says', async () => {
    const { link } = await invited()
    const browser = await signedIn()
    await browser.get(link)
    expect(isChecked(browser)).toBe(true)
    expect((await confirm(browser, link, { setting: [], kind: [] })).statusCode).toBe(422)
    expect(isChecked(browser)).toBe(false)
    expect((await confirm(browser, link, { setting: [] })).statusCode).toBe(303)
    expect(await saved()).toEqual({ nativePolls: false, createPolls: false })
  })

  test('is changed on the page of the settings, where others keep what somebody else has changed', async () => {
    const { link } = await invited()
    const browser = await signedIn()
    await confirm(browser, link)
    const { id } = await prisma.connection.findFirstOrThrow()
    // The page has another form with a CSRF token.
    const { _csrf, ...form } = fieldsIn((await browser.get(`/connections/${id}`)).body)
    expect(isChecked(browser)).toBe(true)
    expect((await browser.post(`/connections/${id}`, { ...form, setting: ['nativePolls'] })).statusCode).toBe(303)
    expect(await saved()).toEqual({ nativePolls: true, createPolls: false })
    expect((await browser.post(`/connections/${id}`, { ...form, kind: ['votes'] })).statusCode).toBe(303)
    expect(await saved()).toEqual({ nativePolls: true, createPolls: false })
    await browser.get(`/connections/${id}`)
    expect(isChecked(browser)).toBe(false)
  })
})

test('a room is connected once', async () => {
  const { link } = await invited()
  const browser = await signedIn()
  expect((await confirm(browser, link)).statusCode).toBe(303)
  expect((await confirm(browser, link)).statusCode).toBe(422)
  expect(textOf(browser, '.error-summary')).toBe('This room is connected already.')
  expect(await prisma.connection.count()).toBe(1)
})

test('a form that is sent several times at the same time connects the room once, and every answer says so', async () => {
  const { link } = await invited()
  const browser = await signedIn()
  const fields = fieldsIn((await browser.get(link)).body)
  const answers = await Promise.all(Array.from({ length: 8 }, () => browser.post(link, fields)))
  expect(answers.map(({ statusCode }) => statusCode)).toEqual(Array.from({ length: 8 }, () => 303))
  expect(await prisma.connection.count()).toBe(1)
})

test('different forms that are sent at the same time connect the room once', async () => {
  const { link } = await invited()
  const browser = await signedIn()
  const forms = await Promise.all(Array.from({ length: 6 }, async () => fieldsIn((await browser.get(link)).body)))
  const answers = await Promise.all(forms.map((fields) => browser.post(link, fields)))
  expect(answers.map(({ statusCode }) => statusCode).toSorted()).toEqual([303, 422, 422, 422, 422, 422])
  expect(answers.filter(({ body }) => body.includes('This room is connected already.'))).toHaveLength(5)
  expect(await prisma.connection.count()).toBe(1)
})

describe('the page', () => {
  test('without a link says how to get one', async () => {
    const browser = await signedIn()
    await browser.get('/connections/new/matrix')
    expect(textOf(browser, '.empty')).toBe(`Invite ${app.bot} to the room. It sends you a link to this page.`)
  })

  test('of a link that is too old says so at once', async () => {
    const old = new Date(Date.now() - 4_000_000)
    const invitation = await signInvitation([testSecret], { room: '!x:chat.test', account: ann.userId }, old)
    const browser = await signedIn()
    expect((await browser.get(`/connections/new/matrix?invitation=${invitation}`)).statusCode).toBe(422)
    expect(textOf(browser, '.error-summary')).toContain('This link is too old.')
  })
})

test('a person who disconnects the room sees the bot say goodbye and leave', async () => {
  const { room, link } = await invited()
  const browser = await signedIn()
  await confirm(browser, link)
  const { id } = await prisma.connection.findFirstOrThrow()
  await browser.get(`/connections/${id}/disconnect`)
  expect(textOf(browser, '.panel')).toContain('open polls of Matrix disappear, and the bot leaves.')
  expect((await browser.post(`/connections/${id}/disconnect`)).statusCode).toBe(303)
  expect((await app.said(ann, room)).at(-1)).toBe('This room is disconnected from Polldock. Goodbye.')
  expect(await ann.state(room, 'm.room.member', app.bot)).toMatchObject({ membership: 'leave' })
  await expect.poll(() => prisma.connection.findFirstOrThrow()).toMatchObject({ status: 'disconnected' })
})

test('the bot stays where another connection posts', async () => {
  const { room, link } = await invited()
  const browser = await signedIn()
  await confirm(browser, link)
  const { id, ...connection } = await prisma.connection.findFirstOrThrow()
  const other = { ...connection, id: 'another', address: { room }, chatSettings: {} }
  await prisma.connection.create({ data: other })
  await app.services.connections.disconnect(id)
  expect(await ann.state(room, 'm.room.member', app.bot)).toMatchObject({ membership: 'join' })
})

test('the page of the connections says what is wrong with the chat', async () => {
  const chat = app.services.chats.get('matrix')
  const browser = await visitor(app, 'Ann')
  app.server.faults.set({ kind: 'status', status: 401 })
  // @ts-expect-error only Matrix has it
  await chat.health.check()
  await browser.get('/connections')
  expect(textOf(browser, '.error-summary')).toContain('Matrix does not work. Polldock cannot use the homeserver.')
  app.server.faults.set()
  // @ts-expect-error only Matrix has it
  await chat.health.check()
  await browser.get('/connections')
  expect(textsOf(browser, '.error-summary')).toEqual([])
})
