import { beforeEach, describe, expect, test } from 'vitest'
import { closedAtEnd } from '../../support/at-end.ts'
import type { Browser } from '../../support/browser.ts'
import { minute } from '../../support/clock.ts'
import { confirmation, consent, openPairedApp, pair, setupPath, sourcesOf, through } from '../../support/flowdock.ts'
import { createPoll, page, textOf, textsOf, visitor } from '../../support/pages.ts'

let browser: Browser

const paired = await closedAtEnd(openPairedApp())

beforeEach(async () => {
  paired.sandbox.faults.clear()
  for (const name of ['main', 'lunch-club'])
    for (const source of sourcesOf(paired, name)) paired.sandbox.world.sources.update(source, { removed: true })
  await paired.database.prisma.connection.deleteMany()
  await paired.database.prisma.pairing.deleteMany()
  browser = paired.browser()
})

const rows = () => paired.database.prisma.connection.findMany()
const pairings = () => paired.database.prisma.pairing.findMany()

async function toConfirmation(path = setupPath(paired)): Promise<void> {
  await through(paired, browser, path)
  await browser.follow()
}

const confirm = (fields = {}) => browser.post('/flowdock/setup/confirm', { ...confirmation(browser), ...fields })

describe('the redirect to Flowdock', () => {
  test('contains the client, the scope and the return address', async () => {
    const { statusCode, headers } = await browser.get(setupPath(paired))
    const url = new URL(headers.location ?? '')
    const { state, ...asked } = Object.fromEntries(url.searchParams)
    expect([statusCode, url.origin, url.pathname]).toEqual([303, paired.env.FLOWDOCK_API_URL, '/oauth/authorize'])
    expect(asked).toEqual({
      response_type: 'code',
      client_id: 'polldock',
      redirect_uri: 'http://localhost:3300/auth/flowdock/callback',
      scope: 'profile flow integration offline_access',
    })
    expect(state).toMatch(/^[\w-]{43}$/)
  })

  test.each([
    '/flowdock/setup?flow=../x',
    '/flowdock/setup?flow_url=http://evil.example/',
    '/flowdock/setup?flow=a&flow=b',
  ])('is refused when %s names no flow', async (path) => {
    expect((await browser.get(path)).statusCode).toBe(400)
    expect(textOf(browser, 'h1')).toBe('No flow was chosen')
  })
})

describe('the page to confirm', () => {
  test('names the flow, and opens only for people who came from Flowdock', async () => {
    await toConfirmation()
    expect(textOf(browser, 'h1')).toBe('Connect Acme / Main')
    const key = confirmation(browser).key as string
    const other = await visitor(paired, 'Eve')
    expect((await other.get(`/flowdock/setup/confirm?key=${key}`)).statusCode).toBe(403)
    expect((await browser.get('/flowdock/setup/confirm?key=made-up')).statusCode).toBe(403)
    expect((await browser.get('/flowdock/setup/confirm')).statusCode).toBe(403)
  })

  test('offers all flows of the person when none was named', async () => {
    await toConfirmation('/flowdock/setup')
    expect(textsOf(browser, '#flow option')).toEqual(['Acme / Main', 'Acme / Lunch Club'])
    await confirm({ flow: '/flows/acme/lunch-club' })
    expect(sourcesOf(paired, 'lunch-club')).toHaveLength(1)
  })

  test('says when a flow is connected already', async () => {
    await pair(paired, browser, { name: 'First' })
    await toConfirmation()
    expect(textOf(browser, '.panel .note')).toContain('already connected, as First')
    await toConfirmation('/flowdock/setup')
    expect(textsOf(browser, '#flow option')[0]).toBe('Acme / Main (already connected, as First)')
  })

  test('does not say so of a connection that stopped by itself: nothing is posted twice', async () => {
    await pair(paired, browser, { name: 'First' })
    const { prisma } = paired.database
    const stopped = { status: 'paused', statusReason: 'Flowdock refuses what Polldock posts.' } as const
    await prisma.connection.updateMany({ where: { name: 'First' }, data: stopped })
    await toConfirmation()
    expect(browser.page?.body).not.toContain('already connected')
    await prisma.connection.updateMany({ where: { name: 'First' }, data: { statusReason: null } })
    await toConfirmation()
    expect(browser.page?.body).toContain('already connected, as')
  })

  test('says how many open polls would be posted, and posts none of them if only new polls are wanted', async () => {
    await paired.database.prisma.poll.deleteMany()
    const ann = await visitor(paired, 'Ann')
    for (const category of ['Food', 'Food', '']) await createPoll(ann, { category })
    await createPoll(ann, { category: 'Food', unlisted: 'on' })
    await toConfirmation()
    const labels = textsOf(browser, 'label.check')
    expect(labels).toContain('Only new polls: posts nothing now')
    expect(labels).toContain(
      'New polls, and open polls with their next change: posts nothing now, and follows 3 open polls (in all categories)',
    )
    expect(labels).toContain(
      'Every open poll, posted once as it stands now: posts 3 open polls (in all categories) now',
    )
    expect(labels).toContain('Food (2 open)')
    await confirm({ start: 'new-polls' })
    expect(await paired.database.prisma.mirror.count()).toBe(0)
    await createPoll(ann)
    expect(await paired.database.prisma.mirror.count()).toBe(1)
    const [{ id } = { id: '' }] = await rows()
    await browser.get(`/connections/${id}`)
    await browser.post(`/connections/${id}`, { which: 'all', kind: ['votes'] })
    expect(await paired.database.prisma.mirror.count()).toBe(1)
  })

  test('asks before it posts polls of categories that were chosen without JavaScript', async () => {
    await paired.database.prisma.poll.deleteMany()
    const ann = await visitor(paired, 'Ann')
    for (const category of ['Food', 'Books', 'Books', '']) await createPoll(ann, { category })
    await createPoll(ann, { category: 'Books', unlisted: 'on' })
    await toConfirmation()
    const chosen = { which: 'some', category: 'Food', others: 'bOOKS, food', name: 'Mine', start: 'open-polls' }
    expect((await confirm(chosen)).statusCode).toBe(200)
    expect(textOf(browser, 'h1')).toBe('Post 3 open polls (only food, bOOKS) to Acme / Main?')
    expect([await rows(), sourcesOf(paired)]).toEqual([[], []])

    const carried = () =>
      Object.fromEntries(
        page(browser)
          .querySelectorAll('form.panel input')
          .map((input) => [input.getAttribute('name'), input.getAttribute('value')]),
      )
    const fields = carried()
    await browser.post('/flowdock/setup/confirm', { ...fields, step: 'change' })
    expect(page(browser).querySelector('#source-name')?.getAttribute('value')).toBe('Mine')
    const labels = textsOf(browser, 'label.check')
    expect(labels).toContain('Every open poll, posted once as it stands now: posts 3 open polls (only food, bOOKS) now')
    await browser.post('/flowdock/setup/confirm', { ...fields, step: 'post' })
    expect(await rows()).toMatchObject([{ name: 'Mine', categories: ['food', 'bOOKS'] }])
    expect(await paired.database.prisma.mirror.count()).toBe(3)
  })

  test('does not ask when the form showed the number', async () => {
    await paired.database.prisma.poll.deleteMany()
    const ann = await visitor(paired, 'Ann')
    for (const category of ['Food', 'Books']) await createPoll(ann, { category })
    await toConfirmation()
    const query = new URLSearchParams({ which: 'some', others: 'Food' })
    const { body } = await paired.browser().get(`/connections/open-polls?${query}`)
    expect(body).toContain('posts 1 open poll (only Food) now')
    const [, shownPolls = ''] = /name="shownPolls" value="([^"]*)"/.exec(body) ?? []
    expect((await confirm({ which: 'some', others: 'Food', start: 'open-polls', shownPolls })).statusCode).toBe(303)
    expect(await paired.database.prisma.mirror.count()).toBe(1)
  })

  test('finds the flow by the path of its address, on our own Flowdock', async () => {
    const address = encodeURIComponent('https://evil.example/flows/acme/lunch-club')
    await toConfirmation(`/flowdock/setup?flow_url=${address}`)
    expect(textOf(browser, 'h1')).toBe('Connect Acme / Lunch Club')
  })

  test('redirects to an address that can be reloaded', async () => {
    await toConfirmation()
    const action = page(browser).querySelector('form.panel')?.getAttribute('action') ?? ''
    expect((await browser.get(action)).statusCode).toBe(200)
    expect((await browser.post(action, confirmation(browser))).statusCode).toBe(303)
  })

  test('keeps what was typed after an error', async () => {
    await toConfirmation()
    const { statusCode } = await confirm({ name: ' ', which: 'some', others: '', kind: [], start: 'open-polls' })
    expect(statusCode).toBe(422)
    expect(textsOf(browser, '.field .error')).toEqual([
      'The name is missing: give it 1 to 60 characters.',
      'Choose a category, or all polls.',
    ])
    expect(page(browser).querySelector('[value=open-polls]')?.hasAttribute('checked')).toBe(true)
    expect((await confirm({ name: 'Polls', kind: [] })).statusCode).toBe(422)
    expect(textOf(browser, '#kinds-error')).toContain('at least one')
    expect((await confirm({ name: 'Polls', flow: '/flows/acme/other' })).statusCode).toBe(422)
    expect((await confirm({ name: 'Polls' })).statusCode).toBe(303)
  })
})

describe('confirming', () => {
  test('creates a source, and stores its token encrypted', async () => {
    await pair(paired, browser, { name: 'Team polls' })
    const [source] = sourcesOf(paired)
    const [connection] = await rows()
    expect(source).toMatchObject({
      name: 'Team polls',
      externalUrl: 'http://localhost:3300/',
      creator: { nick: 'Maija' },
    })
    expect(connection).toMatchObject({
      ...{ chat: 'flowdock', status: 'active', name: 'Team polls', roomName: 'Acme / Main' },
      externalId: String(source?.id),
      address: { flowPath: '/flows/acme/main', sourcePath: `/flows/acme/main/sources/${source?.id}` },
      categories: [],
      eventKinds: ['votes', 'comments', 'options', 'lifecycle'],
    })
    expect(JSON.stringify(connection)).not.toContain(source?.flowToken)
    expect(await paired.services.credentials.open(connection?.credentials ?? '')).toBe(source?.flowToken)
  })

  test('starts over if the access token was stored under another key, as before an upgrade', async () => {
    await through(paired, browser, setupPath(paired))
    const accessToken = await paired.services.credentials.seal('token')
    await paired.database.prisma.pairing.updateMany({ data: { accessToken } })
    expect((await browser.follow()).statusCode).toBe(403)
    expect(textOf(browser, 'h1')).toBe('This setup has expired')
  })

  test('stores the tokens that read the flow, encrypted, if the person wants its comments', async () => {
    await toConfirmation()
    await confirm({ readComments: 'on' })
    const readCredentials = (await rows())[0]?.readCredentials ?? ''
    const tokens = JSON.parse((await paired.services.credentials.open(readCredentials)) ?? '')
    expect(tokens).toEqual({
      accessToken: expect.any(String),
      refreshToken: expect.any(String),
      expiresAt: expect.any(Number),
    })
    expect(readCredentials).not.toContain(tokens.refreshToken)
  })

  test('stores no access token', async () => {
    await through(paired, browser, setupPath(paired))
    const [row] = await pairings()
    expect(row?.accessToken).toMatch(/^eyJ/)
    await browser.follow()
    await confirm()
    expect(await pairings()).toEqual([])
  })

  test('stores the choice of polls and events', async () => {
    await pair(paired, browser, { which: 'some', category: ['Food', 'FOOD '], others: 'Releases, ', kind: ['votes'] })
    expect(await rows()).toMatchObject([{ categories: ['FOOD', 'Releases'], eventKinds: ['votes'] }])
  })

  test('replaces connections of the same flow that stopped with an error, if the person manages them', async () => {
    const prisma = paired.database.prisma
    for (const name of ['Gone', 'Refused', 'Resting']) await pair(paired, browser, { name })
    await pair(paired, browser, { name: 'Elsewhere', flow: 'lunch-club' })
    const refused = { status: 'paused', statusReason: 'It says no.' } as const
    for (const name of ['Gone', 'Elsewhere'])
      await prisma.connection.updateMany({ where: { name }, data: { status: 'retired' } })
    await prisma.connection.updateMany({ where: { name: 'Refused' }, data: refused })
    await prisma.connection.updateMany({ where: { name: 'Resting' }, data: { status: 'paused' } })
    await pair(paired, browser, { name: 'New' })
    expect(textsOf(browser, '.connection h2').sort()).toEqual([
      'Acme / Lunch Club',
      'Acme / Main, New',
      'Acme / Main, Resting',
    ])
    expect(await prisma.mirror.count({ where: { connection: { status: 'disconnected' } } })).toBe(0)
  })

  test.each([
    ['now', 'New events of the polls'],
    ['open-polls', 'Polldock is posting the open polls'],
  ])('says what happens next: %s', async (start, text) => {
    await pair(paired, browser, { start })
    expect(textOf(browser, '.done')).toContain(text)
  })

  test('shows other connections with their flows', async () => {
    await pair(paired, browser, { name: 'Of Maija' })
    const ben = paired.browser()
    await through(paired, ben, setupPath(paired, 'lunch-club'), { as: 'ben' })
    await ben.follow()
    await ben.post('/flowdock/setup/confirm', confirmation(ben))
    await ben.follow()
    expect(textsOf(ben, '.connection h2').sort()).toEqual(['Acme / Lunch Club', 'Acme / Main'])
  })

  test('leads from a retired connection to the setup of its flow', async () => {
    await pair(paired, browser, { flow: 'lunch-club' })
    await paired.database.prisma.connection.updateMany({ data: { status: 'retired' } })
    await browser.get('/connections')
    const again = page(browser).querySelector('.connection .primary')?.getAttribute('href') ?? ''
    expect((await (await visitor(paired, 'Eve')).get(again)).headers.location).toBe('/connections')
    await through(paired, browser, again)
    await browser.follow()
    expect(textOf(browser, 'h1')).toBe('Connect Acme / Lunch Club')
  })

  test('twice makes one connection, and leads to it twice', async () => {
    await toConfirmation()
    const fields = confirmation(browser)
    const post = () => browser.post('/flowdock/setup/confirm', fields)
    const answers = [...(await Promise.all([post(), post()])), await post()]
    const led = answers.map(({ statusCode, headers }) => [statusCode, headers.location])
    expect(led).toEqual(Array(3).fill([303, '/connections?done=connected']))
    expect([sourcesOf(paired).length, (await rows()).length]).toEqual([1, 1])
  })

  test('with an expired form is refused at once, as no request is in flight', async () => {
    await toConfirmation()
    await paired.database.prisma.pairing.updateMany({ data: { expiresAt: paired.clock.now() } })
    const sentAt = performance.now()
    expect((await confirm()).statusCode).toBe(403)
    expect(performance.now() - sentAt).toBeLessThan(6_000)
    expect(textOf(browser, 'h1')).toBe('This setup has expired')
  })

  test('sent twice is refused the second time at once if the first failed', async () => {
    await toConfirmation()
    paired.sandbox.faults.set({ kind: 'status', status: 500, path: '/flows', method: 'POST' })
    const fields = confirmation(browser)
    const sentAt = performance.now()
    const post = async () => (await browser.post('/flowdock/setup/confirm', fields)).statusCode
    expect((await Promise.all([post(), post()])).toSorted()).toEqual([403, 503])
    expect(performance.now() - sentAt).toBeLessThan(6_000)
  })

  test('can be tried again when Flowdock fails', async () => {
    await toConfirmation()
    paired.sandbox.faults.set({ kind: 'status', status: 500, path: '/flows', method: 'POST' })
    expect((await confirm({ name: 'Mine' })).statusCode).toBe(503)
    expect(textOf(browser, '.error-summary')).toContain('Nothing was changed')
    expect([await rows(), sourcesOf(paired)]).toEqual([[], []])
    paired.sandbox.faults.clear()
    expect((await confirm()).statusCode).toBe(303)
    expect(await rows()).toMatchObject([{ name: 'Mine' }])
  })

  test('says that the result is unknown when the reply is lost', async () => {
    await toConfirmation()
    paired.sandbox.faults.set({ kind: 'lose-reply', path: '/flows', method: 'POST' })
    expect((await confirm()).statusCode).toBe(503)
    expect(textOf(browser, '.error-summary')).toContain('It may have created the source')
    expect(await rows()).toEqual([])
  })

  test('removes the source when the connection cannot be stored', async () => {
    await toConfirmation()
    const { create } = paired.services.connections
    paired.services.connections.create = () => Promise.reject(new Error('The disk is full.'))
    expect((await confirm()).statusCode).toBe(500)
    paired.services.connections.create = create
    expect(sourcesOf(paired)).toEqual([])
  })

  test.each([
    ['now', 0],
    ['open-polls', 1],
  ])('starts with the chosen open polls: %s', async (start, behind) => {
    const ann = await visitor(paired, 'Ann')
    const wanted = await createPoll(ann, { category: 'Books' })
    const closed = await createPoll(ann, { category: 'Books' })
    await ann.post(`${closed.path}/close`)
    const other = await createPoll(ann, { category: 'Films' })
    await pair(paired, browser, { which: 'some', others: 'bOOKS', start, step: 'post' })
    const mirrors = await paired.database.prisma.mirror.findMany({ include: { poll: true } })
    const places = mirrors.map(({ pollId, revision, poll }) => [pollId, poll.revision - revision])
    const ids = [wanted, closed, other].map(({ id }) => id)
    expect(places.filter(([id]) => ids.includes(String(id)))).toEqual([[wanted.id, behind]])
  })
})

describe('coming back from Flowdock', () => {
  const retry = () => page(browser).querySelector('.message .primary')?.getAttribute('href')

  test('after a refusal says so, and offers to start again', async () => {
    const { statusCode } = await through(paired, browser, setupPath(paired), { decision: 'deny' })
    expect(statusCode).toBe(403)
    expect(textOf(browser, 'h1')).toBe('You did not allow access')
    expect(retry()).toMatch(/^\/flowdock\/setup\?flow=/)
    expect(await pairings()).toEqual([])
  })

  test.each([
    ['without a state', (back: URL) => back.searchParams.delete('state')],
    ['with a forged state', (back: URL) => back.searchParams.set('state', 'x'.repeat(43))],
    ['with two states', (back: URL) => back.searchParams.append('state', 'x')],
  ])('%s leads nowhere', async (_name, tamper) => {
    const back = new URL(await consent(paired, await browser.get(setupPath(paired))), 'http://localhost')
    tamper(back)
    expect((await browser.get(back.pathname + back.search)).statusCode).toBe(403)
    expect(textOf(browser, 'h1')).toBe('This sign-in has expired')
    expect(retry()).toBe('/flowdock/setup')
  })

  test('a second time is refused', async () => {
    const back = await consent(paired, await browser.get(setupPath(paired)))
    expect((await browser.get(back)).statusCode).toBe(303)
    expect((await browser.get(back)).statusCode).toBe(403)
  })

  test('too late is refused', async () => {
    const back = await consent(paired, await browser.get(setupPath(paired)))
    paired.clock.advance(15 * minute)
    expect((await browser.get(back)).statusCode).toBe(403)
  })

  test('in another browser is refused', async () => {
    const back = await consent(paired, await browser.get(setupPath(paired)))
    const other = paired.browser()
    await other.get('/auth/flowdock')
    expect((await other.get(back)).statusCode).toBe(403)
    expect((await browser.get(back)).statusCode).toBe(303)
  })

  test('in two tabs continues in both', async () => {
    const backs: string[] = []
    for (const path of [setupPath(paired), setupPath(paired, 'lunch-club')])
      backs.push(await consent(paired, await browser.get(path)))
    for (const back of backs) expect((await browser.get(back)).statusCode).toBe(303)
  })

  test.each([
    ['refuses the code', { kind: 'status', status: 400, path: '/oauth/token' }, 502],
    ['is down', { kind: 'status', status: 503, path: '/oauth/token' }, 503],
    ['breaks off', { kind: 'reset', path: '/oauth/token' }, 503],
    ['does not name the user', { kind: 'status', status: 500, path: '/user' }, 503],
    ['does not find the flow', { kind: 'status', status: 404, path: '/flows' }, 404],
    ['does not show the flow', { kind: 'status', status: 403, path: '/flows' }, 403],
    ['wants to be left alone', { kind: 'status', status: 429, path: '/flows' }, 503],
  ] as const)('when Flowdock %s leads to a page with a new start', async (_name, fault, status) => {
    paired.sandbox.faults.set(fault)
    expect((await through(paired, browser, setupPath(paired))).statusCode).toBe(status)
    expect(retry()).toMatch(/^\/flowdock\/setup\?flow=/)
    expect(await rows()).toEqual([])
  })

  test('with an invented error shows none of its text', async () => {
    const sent = await browser.get(setupPath(paired))
    const state = new URL(sent.headers.location ?? '').searchParams.get('state')
    await browser.get(`/auth/flowdock/callback?state=${state}&error=${encodeURIComponent('<b>call 555')}`)
    expect(browser.page?.statusCode).toBe(502)
    expect(browser.page?.body).not.toContain('555')
  })
})

test('the redirects to Flowdock are limited', async () => {
  const limited = await openPairedApp({ env: { RATE_LIMIT: 'on', RATE_LIMIT_IDENTITY: '2' } })
  const statuses: number[] = []
  for (const path of ['/auth/flowdock', '/flowdock/setup', '/flowdock/configure?source=1'])
    statuses.push((await limited.browser().get(path)).statusCode)
  expect(statuses).toEqual([303, 303, 429])
  await limited.close()
})

const naughty = [
  '\u0000',
  '\ud800',
  '%00',
  '__proto__',
  "'; DROP TABLE connections; --",
  '<%= 1 %>',
  '-1',
  '1e99',
  '🏳️‍🌈'.repeat(20),
]

test.each(naughty)('%j in any field causes no server error', async (text) => {
  const value = encodeURIComponent(text.toWellFormed())
  const urls = ['/flowdock/setup?flow=', '/flowdock/setup?flow_url=/flows/acme/', '/flowdock/configure?source=']
  urls.push(
    '/flowdock/configure?source_url=',
    '/auth/flowdock/callback?code=x&state=',
    '/connections/',
    '/connections?done=',
  )
  urls.push('/auth/flowdock/callback?state=x&code=', '/flowdock/setup/confirm?key=')
  await toConfirmation()
  for (const url of urls) expect((await browser.get(url + value)).statusCode, url).toBeLessThan(500)
  await toConfirmation()
  const fields = {
    name: text,
    flow: text,
    which: text,
    category: [text, text],
    others: text,
    kind: [text],
    start: text,
  }
  expect((await confirm(fields)).statusCode).toBeLessThan(500)
  expect((await confirm({ name: text, category: [text], others: `${text},x`, which: 'some' })).statusCode).toBeLessThan(
    500,
  )
  expect((await confirm({ key: text })).statusCode).toBeLessThan(500)
  const { id } = (await rows())[0] ?? {}
  for (const path of [
    `/connections/${id ?? value}`,
    `/connections/${value}/pause`,
    `/flowdock/connections/${value}/remove`,
  ])
    expect((await browser.post(path, fields)).statusCode, path).toBeLessThan(500)
})
