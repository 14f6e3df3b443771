import { beforeEach, describe, expect, test } from 'vitest'
import { maxByForm } from '../../../src/chat/connections/connections.ts'
import { openTestApp } from '../../support/app.ts'
import { closedAtEnd } from '../../support/at-end.ts'
import type { Browser } from '../../support/browser.ts'
import { createPoll, page, signInWithChat, textOf, textsOf, visitor } from '../../support/pages.ts'
import { connectThrough, fieldsIn, secretOn } from '../../support/webhook-app.ts'

const form = '/connections/new/webhook'
const address = 'https://hooks.example.org/polls?key=1'
const flowdock = { FLOWDOCK_API_URL: 'http://127.0.0.1:9', FLOWDOCK_CLIENT_ID: 'us', FLOWDOCK_CLIENT_SECRET: 'secret' }

const app = await closedAtEnd(openTestApp({ env: { WEBHOOKS: 'public' } }))
const { prisma } = app.database
const both = await closedAtEnd(openTestApp({ env: { WEBHOOKS: 'public', ...flowdock } }))
const local = await closedAtEnd(openTestApp({ env: { WEBHOOKS: 'any' } }))

beforeEach(async () => {
  await prisma.connection.deleteMany()
})

const errorAt = (browser: Browser, name: string) => textOf(browser, `#field-${name}-error`)
const valueIn = (browser: Browser, id: string) => page(browser).querySelector(`#${id}`)?.getAttribute('value')

describe('who may connect a webhook', () => {
  test('everybody with a name, where nobody can sign in', async () => {
    const ann = await visitor(app, 'Ann')
    const { headers } = await connectThrough(ann, { 'field.address': address, 'field.name': 'Build server' })
    const row = await prisma.connection.findFirstOrThrow()
    expect(headers.location).toBe(`/connections/${row.id}/secret?done=connected`)
    expect(row).toMatchObject({ chat: 'webhook', name: 'Build server', roomName: 'Build server', status: 'active' })
    await ann.follow()
    expect(textOf(ann, '.done')).toBe(
      'The webhook is connected. New events of the polls that you chose are posted there.',
    )
    expect(secretOn(ann)).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/)
    await ann.get('/connections')
    expect(textsOf(ann, '.connection h2')).toEqual(['Build server'])
  })

  test('a newcomer after giving a name, and nothing typed is lost', async () => {
    const newcomer = app.browser()
    await connectThrough(newcomer, { 'field.address': address, kind: ['votes'], which: 'some', others: 'Food' })
    expect(textOf(newcomer, 'h1')).toBe('What is your name?')
    await newcomer.post(form, { ...fieldsIn(newcomer.page?.body ?? ''), displayName: 'Nora' })
    expect(newcomer.page?.statusCode).toBe(303)
    const [row, ...others] = await prisma.connection.findMany({ include: { createdBy: true } })
    expect(row).toMatchObject({ categories: ['Food'], eventKinds: ['votes'], createdBy: { name: 'Nora' } })
    expect(others).toEqual([])
  })

  test('and a newcomer is asked for a name only once the form is right', async () => {
    const newcomer = app.browser()
    expect((await connectThrough(newcomer, { 'field.address': 'hooks' })).statusCode).toBe(422)
    expect(textOf(newcomer, 'h1')).toBe('Connect a webhook')
  })

  test('and its polls are said to appear in another program: nobody is there who could vote', async () => {
    const guest = await visitor(app, 'Gus')
    await guest.get('/polls/new')
    expect(page(guest).querySelector('[name=postTo]')).toBeNull()
    await connectThrough(guest, { 'field.address': address })
    await guest.get('/polls/new')
    expect(page(guest).querySelector('[name=postTo]')?.parentNode?.text).toContain('Post it in another program, too')
    const poll = await createPoll(guest)
    await guest.get(poll.path)
    expect(page(guest).text).toContain('It also appears in another program.')
    expect(page(guest).text).toContain('Everybody can see who voted for what, here and in another program.')
    const newcomer = app.browser()
    await newcomer.get(poll.path)
    await newcomer.post(`/polls/${poll.id}/comments`, { body: 'Hello' })
    expect(page(newcomer).text).toContain('votes and comments, here and in another program.')
  })

  test('only people who have signed in, where people can sign in', async () => {
    const guest = await visitor(both, 'Gus')
    await guest.get(form)
    expect(textOf(guest, '.empty')).toContain('Sign in first')
    expect(page(guest).querySelector('.empty a')?.getAttribute('href')).toContain(`back=${encodeURIComponent(form)}`)
    const { statusCode } = await guest.post(form, {
      'field.address': address,
      'field.name': 'Mine',
      which: 'all',
      kind: 'votes',
    })
    expect(statusCode).toBe(403)
    expect(await both.database.prisma.connection.count()).toBe(0)
    expect(textOf(guest, '.error-summary')).toContain('You are not signed in any more.')
    const kept = fieldsIn(guest.page?.body ?? '')
    await signInWithChat(both, ['Gus'])
    expect((await guest.post(form, kept)).statusCode).toBe(303)
    expect(await both.database.prisma.connection.findMany()).toMatchObject([{ name: 'Mine', eventKinds: ['votes'] }])
  })

  test('and nobody else sees it or its secret', async () => {
    const ann = await visitor(app, 'Ann')
    await connectThrough(ann, { 'field.address': address })
    const { id } = await prisma.connection.findFirstOrThrow()
    const eve = await visitor(app, 'Eve')
    await eve.get('/connections')
    expect(textsOf(eve, '.connection h2')).toEqual([])
    const answers = [
      await eve.get(`/connections/${id}/secret`),
      await eve.post(`/connections/${id}/secret`, { shown: 'x' }),
      await eve.post(`/connections/${id}/disconnect`),
    ]
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([404, 404, 404])
    expect(answers.map(({ body }) => body).join('')).not.toContain('whsec_')
  })
})

describe('the form', () => {
  test('shows what is wrong beside each field, all at once, with everything that was typed', async () => {
    const ann = await visitor(app, 'Ann')
    const { statusCode } = await connectThrough(ann, {
      ...{ 'field.address': 'hooks.example.org', 'field.name': ' ', which: 'some', others: 'Food', kind: [] },
      start: 'new-polls',
    })
    expect(statusCode).toBe(422)
    expect(errorAt(ann, 'address')).toBe('Type the whole address, such as https://example.org/hooks/polls.')
    expect(errorAt(ann, 'name')).toBe('The name is missing: give it 1 to 60 characters.')
    expect(textOf(ann, '#kinds-error')).toBe('Choose what is posted: at least one of these.')
    expect(textOf(ann, '.error-summary')).toContain('3 things need correcting')
    expect([valueIn(ann, 'field-address'), valueIn(ann, 'others')]).toEqual(['hooks.example.org', 'Food'])
    expect(fieldsIn(ann.page?.body ?? '')).toMatchObject({ start: ['new-polls'], which: ['some'] })
    expect(await prisma.connection.count()).toBe(0)
  })

  test('is refused unless it says which polls are posted', async () => {
    const ann = await visitor(app, 'Ann')
    for (const which of ['zzz', 'constructor', []]) {
      expect((await connectThrough(ann, { 'field.address': address, which })).statusCode).toBe(422)
      expect(textOf(ann, '#categories-error')).toBe('Choose a category, or all polls.')
      expect(fieldsIn(ann.page?.body ?? '')).not.toHaveProperty('which')
    }
    expect(await prisma.connection.count()).toBe(0)
  })

  test.each([
    ['http://hooks.example.org/', 'The address must begin with https://.'],
    ['ftp://hooks.example.org/', 'The address must begin with https://.'],
    ['https://ann:secret@hooks.example.org/', 'The address must not contain a password.'],
    ['https://127.0.0.1/', 'This is a private address, which is not allowed here.'],
    ['https://0x7f.1/', 'This is a private address, which is not allowed here.'],
    ['https://[::ffff:10.0.0.1]/', 'This is a private address, which is not allowed here.'],
    ['https://169.254.169.254/latest/meta-data', 'This is a private address, which is not allowed here.'],
    [`https://hooks.example.org/${'x'.repeat(2_000)}`, 'The address is too long: at most 2000 characters.'],
  ])('refuses %s', async (typed, message) => {
    const ann = await visitor(app, 'Ann')
    expect((await connectThrough(ann, { 'field.address': typed })).statusCode).toBe(422)
    expect(errorAt(ann, 'address')).toBe(message)
  })

  test('accepts http and private addresses where the operator allows any', async () => {
    const ann = await visitor(local, 'Ann')
    const { statusCode } = await connectThrough(ann, { 'field.address': 'http://127.0.0.1:8080/hooks' })
    expect(statusCode).toBe(303)
    await connectThrough(ann, { 'field.address': 'ftp://127.0.0.1/hooks' })
    expect(errorAt(ann, 'address')).toBe('The address must begin with https:// or http://.')
  })

  test('that is sent twice makes one connection, and both answers lead to it', async () => {
    const ann = await visitor(app, 'Ann')
    const { body } = await ann.get(form)
    const fields = { ...fieldsIn(body), 'field.address': address }
    const together = await Promise.all([ann.post(form, fields), ann.post(form, fields)])
    const later = await ann.post(form, fields)
    const [{ id } = { id: '' }, ...others] = await prisma.connection.findMany()
    expect(others).toEqual([])
    const led = [...together, later].map(({ headers }) => headers.location)
    expect(led).toEqual(Array(3).fill(`/connections/${id}/secret?done=connected`))
  })

  test('asks before it posts polls that it did not count, and can be changed then', async () => {
    const ann = await visitor(app, 'Ann')
    await createPoll(ann, { title: 'Lunch?', category: 'Meals' })
    await connectThrough(ann, {
      ...{ 'field.address': address, 'field.name': 'Kitchen', which: 'some', others: 'Meals', start: 'open-polls' },
    })
    expect(textOf(ann, 'h1')).toBe('Post 1 open poll (only Meals) to Kitchen?')
    expect(await prisma.connection.count()).toBe(0)
    const carried = fieldsIn(ann.page?.body ?? '')
    await ann.post(form, { ...carried, step: 'change' })
    expect([valueIn(ann, 'field-address'), valueIn(ann, 'field-name')]).toEqual([address, 'Kitchen'])
    await ann.post(form, { ...carried, step: 'post' })
    expect(ann.page?.headers.location).toMatch(/\/secret\?done=posting$/)
    await ann.follow()
    expect(textOf(ann, '.done')).toContain('Polldock is posting the open polls')
    expect(await prisma.mirror.count({ where: { connection: { name: 'Kitchen' } } })).toBe(1)
  })

  test('is refused when there are too many webhooks, and says so with everything that was typed', async () => {
    const ann = await visitor(app, 'Ann')
    await connectThrough(ann, { 'field.address': address })
    const { id: _id, ...made } = await prisma.connection.findFirstOrThrow()
    const data = Array.from({ length: maxByForm - 1 }, (_, index) => ({
      ...{ ...made, id: `full${String(index).padStart(10, '0')}`, address: {} },
      externalId: `full ${index}`,
      chatSettings: {},
    }))
    await prisma.connection.createMany({ data })
    expect((await connectThrough(ann, { 'field.address': address, 'field.name': 'One more' })).statusCode).toBe(422)
    expect(textOf(ann, '.error-summary')).toContain('There are 200 connections of this kind, which is the most.')
    expect(valueIn(ann, 'field-name')).toBe('One more')
    await prisma.connection.updateMany({ where: { externalId: 'full 1' }, data: { status: 'disconnected' } })
    expect((await connectThrough(ann, { 'field.address': address })).statusCode).toBe(303)
  })

  test.each(['/connections/new/flowdock', '/connections/new/irc', '/connections/new/constructor'])(
    'is missing for a chat without one: %s',
    async (path) => {
      const ann = await visitor(both, 'Ann')
      expect((await ann.get(path)).statusCode).toBe(404)
      expect((await ann.post(path, {})).statusCode).toBe(404)
    },
  )
})

describe('the page of connections', () => {
  test('offers every chat', async () => {
    const ann = await visitor(both, 'Ann')
    await ann.get('/connections')
    const links = page(ann)
      .querySelectorAll('.empty a.button')
      .map((link) => link.getAttribute('href'))
    expect(links).toEqual(['/flowdock/setup', form])
    expect(textOf(ann, '#main, main')).toContain('post each event of the polls to another program, signed')
  })

  test('says what happened in the words of the chat, and no word about comments', async () => {
    const ann = await visitor(app, 'Ann')
    await connectThrough(ann, { 'field.address': address, 'field.name': 'Build server' })
    const { id } = await prisma.connection.findFirstOrThrow()
    await ann.get('/connections')
    expect(textsOf(ann, '.facts dt')).not.toContain('Comments')
    await ann.get(`/connections/${id}`)
    await ann.post(`/connections/${id}/disconnect`)
    await ann.follow()
    expect(textOf(ann, '#done')).toBe('The webhook is disconnected. Polldock posts nothing more there.')
  })
})

test('nobody connects a webhook unless the operator allows it', async () => {
  const plain = await openTestApp()
  const ann = await visitor(plain, 'Ann')
  expect((await ann.get(form)).statusCode).toBe(404)
  await plain.close()
  await expect(openTestApp({ env: { WEBHOOKS: 'yes' } })).rejects.toThrow(
    'WEBHOOKS is “yes” but must be off, public or any',
  )
})
