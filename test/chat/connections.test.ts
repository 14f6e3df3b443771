import { beforeEach, describe, expect, test } from 'vitest'
import { openTestApp } from '../support/app.ts'
import { closedAtEnd } from '../support/at-end.ts'
import type { Browser } from '../support/browser.ts'
import { day, hour, minute } from '../support/clock.ts'
import { openPairedApp, pair, signedIn, sourcesOf, through } from '../support/flowdock.ts'
import { createPoll, page, signInWithChat, textOf, textsOf, visitor } from '../support/pages.ts'

const paired = await closedAtEnd(openPairedApp())
const maija = await signedIn(paired)

beforeEach(async () => {
  await paired.database.prisma.connection.deleteMany()
  await pair(paired, maija, { name: 'Team polls' })
})

const only = () => paired.database.prisma.connection.findFirstOrThrow()
const path = async () => `/connections/${(await only()).id}`
const fact = (browser: Browser, name: string) =>
  page(browser)
    .querySelectorAll('.facts > div')
    .find((row) => row.querySelector('dt')?.text === name)
    ?.querySelector('dd')
    ?.text.trim()

describe('the page of connections', () => {
  test('shows the choice of polls and the state of each connection', async () => {
    await maija.get('/connections')
    expect(textOf(maija, '.connection h2')).toBe('Acme / Main')
    expect(textOf(maija, '.connection .badge')).toBe('Active')
    expect(['Name', 'Polls', 'Posts', 'Last delivered', 'Waiting'].map((name) => fact(maija, name))).toEqual([
      'Team polls',
      'All',
      'Everything',
      'Nothing yet',
      'Nothing',
    ])
    expect((await maija.get('/connections')).headers['cache-control']).toBe('no-store')
  })

  test('shows filters, the outbox, the last delivery and the last error', async () => {
    await maija.post(`${await path()}/pause`)
    await createPoll(await visitor(paired, 'Ann'), { title: 'Waiting for nobody' })
    const { prisma } = paired.database
    const now = paired.clock.now()
    const lastDelivered = new Date(now.getTime() - hour)
    const seen = { categories: ['Food', 'Books'], eventKinds: ['votes', 'lifecycle'], lastDelivered }
    const lastErrorAt = new Date(now.getTime() - 2 * hour)
    await prisma.connection.updateMany({ data: { ...seen, lastError: 'Flowdock answered 500.', lastErrorAt } })
    await maija.get('/connections')
    expect(fact(maija, 'Polls')).toBe('Food, Books')
    expect(fact(maija, 'Posts')).toBe('Votes, opening, closing and other changes of the poll')
    expect(fact(maija, 'Waiting')).toBe('1 update')
    expect(fact(maija, 'Last delivered')).toBe('1 hour ago')
    expect(fact(maija, 'Last error')).toMatch(/^Flowdock answered 500. 2 hours ago\s+\(delivery has worked since\)$/)
  })

  test('says that delivery has worked since an error only after a delivery, not after the resume alone', async () => {
    const now = paired.clock.now()
    const wrong = { lastError: 'Flowdock answered 401.', lastErrorAt: now }
    for (const lastDelivered of [null, new Date(now.getTime() - hour)]) {
      const data = { ...wrong, lastDelivered, status: 'paused', statusReason: wrong.lastError } as const
      await paired.database.prisma.connection.updateMany({ data })
      await maija.get('/connections')
      await maija.post(`${await path()}/resume`)
      await maija.get('/connections')
      expect(textOf(maija, '.connection .badge')).toBe('Active')
      expect(fact(maija, 'Last error')).toMatch(/^Flowdock answered 401. just now$/)
    }
  })

  test('says what failing, paused and retired mean', async () => {
    const states = [
      [{ failingSince: paired.clock.now() }, 'Failing', ['Try now', 'Pause', 'Configure', 'Disconnect …']],
      [{ status: 'paused' }, 'Paused', ['Resume', 'Configure', 'Disconnect …']],
      [{ statusReason: 'It says no.' }, 'Paused', ['Connect again', 'Resume', 'Configure', 'Disconnect …']],
      [{ status: 'retired', statusReason: 'It is gone.' }, 'Removed in the chat', ['Connect again', 'Disconnect …']],
    ] as const
    for (const [data, word, actions] of states) {
      await paired.database.prisma.connection.updateMany({ data })
      await maija.get('/connections')
      expect(textOf(maija, '.connection .badge')).toBe(word)
      expect(textsOf(maija, '.connection .actions :is(button, a)')).toEqual(actions)
    }
    expect(textOf(maija, '.connection > .error')).toBe('It is gone.')
    expect(fact(maija, 'Waiting')).toBeUndefined()
  })

  test('says once why a connection stopped, and only the reason of its last error', async () => {
    const lastError = { lastError: 'It is gone.', lastErrorAt: paired.clock.now() }
    const { prisma } = paired.database
    await prisma.connection.updateMany({ data: { status: 'retired', statusReason: 'It is gone.', ...lastError } })
    await maija.get('/connections')
    expect(fact(maija, 'Last error')).toBeUndefined()
  })

  test('says why a connection fails, and when it retries', async () => {
    const now = paired.clock.now()
    const failing = { failingSince: now, retryAt: new Date(now.getTime() + 0.96 * hour) }
    await paired.database.prisma.connection.updateMany({
      data: { ...failing, lastError: 'Flowdock answered 500.', lastErrorAt: now },
    })
    await maija.get('/connections')
    expect([fact(maija, 'Last error'), fact(maija, 'Next try')]).toEqual([
      'Flowdock answered 500. just now',
      'in 58 minutes',
    ])
    for (const [minutes, text] of [
      [59.5, 'in 1 hour'],
      [80, 'in 1 hour'],
      [1, 'in 1 minute'],
      [0.2, 'in less than a minute'],
    ] as const) {
      const retryAt = new Date(now.getTime() + minutes * minute)
      await paired.database.prisma.connection.updateMany({ data: { retryAt } })
      await maija.get('/connections')
      expect(fact(maija, 'Next try')).toBe(text)
    }
  })

  test('offers to try now if messages wait', async () => {
    const buttons = async () => {
      await maija.get('/connections')
      return textsOf(maija, '.connection button')
    }
    expect(await buttons()).toEqual(['Pause'])
    await createPoll(await visitor(paired, 'Ann'))
    expect(await buttons()).toEqual(['Try now', 'Pause'])
    expect(page(maija).querySelectorAll('#connections [data-behind]')).toHaveLength(1)
  })

  test('says that the last delivery was before a connection began to fail', async () => {
    const now = paired.clock.now()
    await paired.database.prisma.connection.updateMany({ data: { lastDelivered: now, failingSince: now } })
    await maija.get('/connections')
    expect(fact(maija, 'Last delivered')).toMatch(/^just now\s+\(before it began to fail\)$/)
    expect(fact(maija, 'Failing since')).toBe('just now')
  })

  test('tries all connections at once, if several can be tried', async () => {
    const now = paired.clock.now()
    const failing = { failingSince: now, retryAt: new Date(now.getTime() + hour) }
    await paired.database.prisma.connection.updateMany({ data: failing })
    await maija.get('/connections')
    expect(textsOf(maija, 'form[action="/connections/try-all"] button')).toEqual([])
    await pair(paired, maija, { name: 'Releases' })
    await paired.database.prisma.connection.updateMany({ data: failing })
    await maija.get('/connections')
    expect(textsOf(maija, 'form[action="/connections/try-all"] button')).toEqual(['Try all now'])
    await maija.post('/connections/try-all')
    expect(await paired.database.prisma.connection.count({ where: { retryAt: { not: null } } })).toBe(0)
  })

  test('tells two connections of a flow apart by the names of their sources', async () => {
    await pair(paired, maija, { name: 'Releases' })
    expect(textsOf(maija, '.connection h2').sort()).toEqual(['Acme / Main, Releases', 'Acme / Main, Team polls'])
    const labels = page(maija).querySelectorAll('.connection .actions a, .connection .actions button')
    expect(labels.map((label) => label.getAttribute('aria-label')).sort()).toEqual(
      ['Configure', 'Disconnect', 'Pause'].flatMap((word) =>
        ['Releases', 'Team polls'].map((name) => `${word} Acme / Main, ${name}`),
      ),
    )
  })

  test('shows rejected messages and the reason', async () => {
    const { id: pollId, path } = await createPoll(await visitor(paired, 'Ann'), { title: 'Too long to be told' })
    const { id: connectionId } = await only()
    const refused = { reason: 'title is too long', at: paired.clock.now(), previous: 0, revision: 1 }
    await paired.database.prisma.rejection.create({ data: { ...refused, pollId, connectionId } })
    await maija.get('/connections')
    expect(textOf(maija, '.connection summary')).toBe('One message was rejected')
    expect(textOf(maija, '.connection details li')).toBe(
      '“Ann (guest) created the poll” in Too long to be told: title is too long just now',
    )
    expect(page(maija).querySelector('.connection details a')?.getAttribute('href')).toBe(path)
  })

  test('says what to do when no connection exists', async () => {
    await paired.database.prisma.connection.deleteMany()
    await maija.get('/connections')
    expect(page(maija).querySelector('.empty .primary')?.getAttribute('href')).toBe('/flowdock/setup')
  })
})

describe('connections are managed by', () => {
  const shown = async (browser: Browser) => {
    await browser.get('/connections')
    return textsOf(browser, '.connection h2')
  }

  test('the people who made them', async () => {
    expect(await shown(maija)).toEqual(['Acme / Main'])
  })

  test('people who saw the source when they signed in', async () => {
    expect(await shown(await signedIn(paired, 'ben'))).toEqual(['Acme / Main'])
  })

  test('people whose sign-in is at most a week old; later they have to sign in again', async () => {
    const ben = await signedIn(paired, 'ben')
    paired.clock.advance(7 * day)
    expect(await shown(ben)).toEqual([])
    expect(textOf(ben, '.panel p')).toContain('sign in again to see those of your flows.')
    const { externalId } = await only()
    await through(paired, ben, `/flowdock/configure?source=${externalId}`, { as: 'ben' })
    expect(await shown(ben)).toEqual(['Acme / Main'])
  })

  test('nobody who no longer sees the source, from the next sign-in on', async () => {
    const ben = await signedIn(paired, 'ben')
    for (const source of sourcesOf(paired)) paired.sandbox.world.sources.update(source, { removed: true })
    await through(paired, ben, '/auth/flowdock', { as: 'ben' })
    expect(await shown(ben)).toEqual([])
  })

  test.each([
    ['a visitor', () => Promise.resolve(paired.browser()), 303],
    ['a guest', () => visitor(paired, 'Guest'), 303],
    ['somebody from another flow', () => withoutSources('rosa'), 404],
  ] as const)('not by %s', async (_who, user, status) => {
    const browser = await user()
    expect(await shown(browser)).toEqual([])
    await browser.get('/me')
    expect((await browser.get(await path())).statusCode).toBe(status)
    expect((await browser.get(`${await path()}/disconnect`)).statusCode).toBe(status)
    await browser.get('/me')
    for (const what of ['', '/pause', '/resume', '/resend', '/disconnect'])
      expect((await browser.post(`${await path()}${what}`, { which: 'all', kind: 'votes' })).statusCode).toBe(status)
    expect((await browser.post(`/flowdock${await path()}/remove`)).statusCode).toBe(status)
    expect(await only()).toMatchObject({ status: 'active', eventKinds: { length: 4 } })
  })

  async function withoutSources(as: 'rosa'): Promise<Browser> {
    const browser = await signedIn(paired, as)
    await paired.database.prisma.chatAccount.updateMany({ where: { name: 'Rosa Lindqvist' }, data: { sees: [] } })
    return browser
  }
})

describe('the buttons', () => {
  test('pause and resume', async () => {
    await maija.get('/connections')
    await maija.post(`${await path()}/pause`)
    await maija.follow()
    expect([(await only()).status, textOf(maija, '.badge')]).toEqual(['paused', 'Paused'])
    await paired.database.prisma.connection.updateMany({ data: { attempts: 3, failingSince: new Date() } })
    await maija.post(`${await path()}/resume`)
    expect(await only()).toMatchObject({ status: 'active', attempts: 0, failingSince: null })
  })

  test('do not restore a source that Flowdock has removed', async () => {
    await paired.database.prisma.connection.updateMany({ data: { status: 'retired' } })
    await maija.get('/connections')
    await maija.post(`${await path()}/resume`)
    await maija.post(`${await path()}/pause`)
    expect((await only()).status).toBe('retired')
  })

  test('resend failed and rejected messages', async () => {
    const { id: pollId } = await createPoll(await visitor(paired, 'Ann'))
    const { id: connectionId } = await only()
    const refused = { reason: 'no', at: paired.clock.now(), previous: 0, revision: 1 }
    await paired.database.prisma.rejection.create({ data: { ...refused, pollId, connectionId } })
    await paired.database.prisma.connection.updateMany({ data: { retryAt: paired.clock.now() } })
    await maija.get('/connections')
    await maija.post(`${await path()}/resend`)
    expect(await only()).toMatchObject({ retryAt: null })
    expect(await paired.database.prisma.rejection.findMany()).toMatchObject([{ resend: true }])
  })

  test('disconnect after a confirmation, permanently', async () => {
    await createPoll(await visitor(paired, 'Ann'))
    const { id } = await only()
    await maija.get(`/connections/${id}/disconnect`)
    expect((await only()).status).toBe('active')
    expect(textOf(maija, 'h1')).toBe('Disconnect Acme / Main?')
    await maija.post(`/connections/${id}/disconnect`)
    await maija.follow()
    expect(textsOf(maija, '.connection')).toEqual([])
    expect(await only()).toMatchObject({ status: 'disconnected', credentials: null })
    expect(await paired.database.prisma.mirror.count({ where: { connectionId: id } })).toBe(0)
    expect((await maija.get(`/connections/${id}`)).statusCode).toBe(404)
  })

  test('do nothing without the CSRF token', async () => {
    const connection = await path()
    for (const address of ['', '/pause', '/disconnect', '/resend'].map((what) => connection + what))
      expect((await maija.post(address, { _csrf: '' })).statusCode).toBe(403)
    expect((await maija.post(`/flowdock${connection}/remove`, { _csrf: '' })).statusCode).toBe(403)
    expect((await only()).status).toBe('active')
  })
})

describe('the settings', () => {
  const save = async (fields: Record<string, string | string[]>) => maija.post(await path(), fields)
  const mirrored = async () => {
    const rows = await paired.database.prisma.mirror.findMany({ include: { poll: { include: { text: true } } } })
    return rows.flatMap(({ poll, revision, finalRevision }) =>
      finalRevision !== null && revision >= finalRevision
        ? []
        : [`${poll.text?.category}: ${poll.revision - revision}`],
    )
  }

  beforeEach(async () => {
    await paired.database.prisma.mirror.deleteMany()
    await maija.get(await path())
  })

  test('are shown as stored', async () => {
    await createPoll(maija, { category: 'Food' })
    await save({ which: 'some', category: 'food', others: 'Art', kind: ['comments'] })
    await maija.get(await path())
    const checked = (selector: string) =>
      page(maija)
        .querySelectorAll(`${selector}[checked]`)
        .map((input) => input.getAttribute('value'))
    expect(checked('[name=which]')).toEqual(['some'])
    expect(checked('[name=category]')).toEqual(expect.arrayContaining(['Food', 'Art']))
    expect(checked('[name=kind]')).toEqual(['comments'])
  })

  test('keep what was typed after an error', async () => {
    const { statusCode } = await save({ which: 'some', others: 'x'.repeat(41), kind: ['votes'] })
    expect(statusCode).toBe(422)
    expect(textOf(maija, '#categories-error')).toContain('too long')
    expect(page(maija).querySelector('#others')?.getAttribute('value')).toBe('x'.repeat(41))
    expect((await save({ which: 'all', kind: ['everything'] })).statusCode).toBe(422)
    expect(textOf(maija, '#kinds-error')).toBe('Choose among these.')
    expect(page(maija).querySelector('[autofocus]')?.getAttribute('value')).toBe('votes')
  })

  const all = ['votes', 'comments', 'options', 'lifecycle']
  /** The form's hidden copy of the settings that its page showed. */
  const shown = () => page(maija).querySelector('[name=shown]')?.getAttribute('value') ?? ''

  test('change only the fields that the person changed', async () => {
    const old = { shown: shown() }
    expect((await save({ ...old, which: 'some', others: 'Food', kind: all })).statusCode).toBe(303)
    expect((await save({ ...old, which: 'all', kind: ['votes'] })).statusCode).toBe(303)
    expect(await only()).toMatchObject({ categories: ['Food'], eventKinds: ['votes'] })
  })

  test('changed by both people are both shown, nothing is overwritten, and saving again decides', async () => {
    const old = { shown: shown() }
    await save({ ...old, which: 'some', others: 'Food, Art', kind: ['comments', 'lifecycle'] })
    expect((await save({ ...old, which: 'some', others: 'Books', kind: all })).statusCode).toBe(409)
    expect(textOf(maija, '#conflict')).toContain('These settings were changed while you edited them.')
    expect(textsOf(maija, '.saved')).toEqual(['Saved meanwhile: Food, Art'])
    const checked = page(maija).querySelectorAll('[name=category][checked], [name=kind][checked]')
    expect(checked.map((input) => input.getAttribute('value'))).toEqual(['Books', 'comments', 'lifecycle'])
    expect(await only()).toMatchObject({ categories: ['Food', 'Art'], eventKinds: ['comments', 'lifecycle'] })

    const again = { shown: shown(), which: 'some', category: 'Books', kind: ['comments', 'lifecycle'] }
    expect((await save(again)).statusCode).toBe(303)
    expect(await only()).toMatchObject({ categories: ['Books'], eventKinds: ['comments', 'lifecycle'] })
  })

  test('of a form with an error remember the values that it showed', async () => {
    const old = { shown: shown() }
    await save({ ...old, which: 'all', kind: ['votes'] })
    expect((await save({ ...old, which: 'all', kind: [] })).statusCode).toBe(422)
    expect((await save({ shown: shown(), which: 'all', kind: ['options'] })).statusCode).toBe(409)
    expect(textsOf(maija, '.saved')).toEqual(['Saved meanwhile: Votes'])
  })

  test.each(['', '{', '[]', '{"categories":[1],"eventKinds":["all"]}'])(
    'of a form with %j as shown values are saved as given',
    async (broken) => {
      expect((await save({ shown: broken, which: 'all', kind: ['votes'] })).statusCode).toBe(303)
      expect((await only()).eventKinds).toEqual(['votes'])
    },
  )

  test('apply to later events only', async () => {
    await paired.database.prisma.poll.updateMany({ data: { archivedAt: new Date() } })
    const ann = await visitor(paired, 'Ann')
    await createPoll(ann, { category: 'Cats' })
    await createPoll(ann, { category: 'Dogs' })
    expect((await mirrored()).sort()).toEqual(['Cats: 1', 'Dogs: 1'])
    await paired.database.prisma.mirror.updateMany({ data: { revision: 1 } })
    await maija.get(await path())
    await save({ which: 'some', others: 'dogs', kind: ['votes'] })
    expect(await mirrored()).toEqual(['Dogs: 0'])
    await save({ which: 'all', kind: ['votes'] })
    expect((await mirrored()).sort()).toEqual(['Cats: 0', 'Dogs: 0'])
  })
})

test('without a Flowdock, the pages say that no chat is set up', async () => {
  const alone = await openTestApp()
  const browser = alone.browser()
  await browser.get('/connections')
  expect(textOf(browser, '.empty')).toContain('FLOWDOCK_API_URL')
  for (const url of ['/flowdock/setup', '/flowdock/configure?source=1', '/auth/flowdock', '/auth/flowdock/callback']) {
    expect((await browser.get(url)).statusCode).toBe(404)
    expect(textOf(browser, 'h1')).toBe('No Flowdock here')
  }
  await browser.get('/')
  expect(page(browser).querySelector('a[href="/connections"]')).toBeNull()
  const former = await visitor(alone, 'Ann')
  await signInWithChat(alone, ['Ann'])
  await former.get('/connections')
  expect(textOf(former, '[aria-labelledby=account-heading]')).toContain(
    'You see the connections that you made. Sign out',
  )
  await alone.close()
})

test('forms may lead only to Polldock and Flowdock’s sign-in', async () => {
  const { headers } = await maija.get('/connections')
  expect(headers['content-security-policy']).toContain(`form-action 'self' ${paired.env.FLOWDOCK_API_URL};`)
})
