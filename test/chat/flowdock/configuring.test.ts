import { beforeEach, describe, expect, test } from 'vitest'
import { disconnect } from '../../../src/sandbox/state/inbox.ts'
import type { Source } from '../../../src/sandbox/state/types.ts'
import { closedAtEnd } from '../../support/at-end.ts'
import type { Browser } from '../../support/browser.ts'
import { comeBack, flowCalled, openPairedApp, pair, sourcesOf, through } from '../../support/flowdock.ts'
import { page, textOf } from '../../support/pages.ts'

let source: Source
let maija: Browser
let browser: Browser

const paired = await closedAtEnd(openPairedApp())

beforeEach(async () => {
  paired.sandbox.faults.clear()
  await paired.database.prisma.connection.deleteMany()
  maija = paired.browser()
  await pair(paired, maija, { flow: 'lunch-club' })
  source = sourcesOf(paired, 'lunch-club').at(-1) as Source
  browser = paired.browser()
})

const address = () => `${paired.env.FLOWDOCK_API_URL}/flows/acme/lunch-club/sources/${source.id}`

describe('the configure link', () => {
  test.each([
    ['with the id', () => `source=${source.id}`],
    ['with the id under its other name', () => `integration_id=${source.id}&flow=x`],
    ['with the address alone', () => `source_url=${encodeURIComponent(address())}`],
    ['with an address on another host', () => `source_url=https://evil.example/flows/a/b/sources/${source.id}`],
  ])('%s leads people who see the source to its settings', async (_name, query) => {
    await through(paired, browser, `/flowdock/configure?${query()}`, { as: 'ben' })
    await browser.follow()
    expect(textOf(browser, 'h1')).toBe('Settings of Acme / Lunch Club')
  })

  test('is closed to others', async () => {
    const { statusCode } = await through(paired, browser, `/flowdock/configure?source=${source.id}`, { as: 'rosa' })
    expect(statusCode).toBe(403)
    const [connection] = await paired.database.prisma.connection.findMany()
    expect((await browser.get(`/connections/${connection?.id}`)).statusCode).toBe(404)
  })

  test('of a source that was removed says so', async () => {
    disconnect(flowCalled(paired, 'lunch-club'), source)
    const { statusCode } = await through(paired, browser, `/flowdock/configure?source=${source.id}`, { as: 'ben' })
    expect(statusCode).toBe(404)
    expect(textOf(browser, 'h1')).toBe('Not found in Flowdock')
  })

  test.each(['', 'source=1', 'source=..%2f..', 'source_url=/flows/acme/main', 'source=a&source=b'])(
    'with the unknown %j says so',
    async (query) => {
      expect((await browser.get(`/flowdock/configure?${query}`)).statusCode).toBe(404)
      expect(textOf(browser, 'h1')).toBe('Polldock does not know this source')
    },
  )

  test('leads back to itself when Flowdock is down', async () => {
    paired.sandbox.faults.set({ kind: 'close', path: '/flows' })
    expect((await through(paired, browser, `/flowdock/configure?source=${source.id}`)).statusCode).toBe(503)
    expect(page(browser).querySelector('.message .primary')?.getAttribute('href')).toBe(
      `/flowdock/configure?source=${source.id}`,
    )
  })
})

describe('removing the source with the connection', () => {
  beforeEach(async () => {
    const [connection] = await paired.database.prisma.connection.findMany()
    await maija.get(`/connections/${connection?.id}/disconnect`)
    await maija.post(page(maija).querySelector('[action$="/remove"]')?.getAttribute('action') ?? '')
  })

  const status = async () => (await paired.database.prisma.connection.findFirst())?.status
  const retry = () => page(maija).querySelector('.message .primary')?.getAttribute('href') ?? ''

  test('changes nothing before the sign-in', async () => {
    expect(await status()).toBe('active')
  })

  test('changes nothing after a refusal, and can be started again', async () => {
    await comeBack(paired, maija, { decision: 'deny' })
    expect([textOf(maija, '.explanation'), await status()]).toEqual([
      'Flowdock asked you to allow access, and you declined. Nothing was changed.',
      'active',
    ])
    await maija.get(retry())
    expect(textOf(maija, 'h1')).toBe('Disconnect Acme / Lunch Club?')
  })

  test('changes nothing when Flowdock fails, and can be started again', async () => {
    paired.sandbox.faults.set({ kind: 'status', status: 500, path: '/flows', method: 'DELETE' })
    await comeBack(paired, maija)
    expect([maija.page?.statusCode, await status()]).toEqual([503, 'active'])
    expect(retry()).toMatch(/^\/connections\/\w+\/disconnect$/)
  })

  test('says that the result is unknown when the reply is lost', async () => {
    paired.sandbox.faults.set({ kind: 'lose-reply', path: '/flows', method: 'DELETE' })
    await comeBack(paired, maija)
    expect(textOf(maija, '.explanation')).toContain('It may have removed the source')
    expect(await status()).toBe('active')
  })

  test('removes the source after the sign-in', async () => {
    await comeBack(paired, maija)
    await maija.follow()
    expect(textOf(maija, '.done')).toContain('its source is removed')
    expect(sourcesOf(paired, 'lunch-club').map(({ id }) => id)).not.toContain(source.id)
    const rows = await paired.database.prisma.connection.findMany()
    expect(rows).toMatchObject([{ status: 'disconnected', credentials: null }])
  })

  test('says when the source stays in Flowdock', async () => {
    await comeBack(paired, maija, { as: 'rosa' })
    await maija.follow()
    expect(textOf(maija, '.done')).toContain('Remove it in the inbox settings')
    expect(await status()).toBe('disconnected')
    expect(sourcesOf(paired, 'lunch-club').map(({ id }) => id)).toContain(source.id)
  })

  test('says so when Flowdock has removed the source before', async () => {
    disconnect(flowCalled(paired, 'lunch-club'), source)
    await comeBack(paired, maija)
    expect(maija.page?.headers.location).toBe('/connections?done=removed')
  })
})
