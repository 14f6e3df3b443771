import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { buildApp } from '../src/app.ts'
import { readClaim, signClaim } from '../src/chat/flowdock/actions/claim.ts'
import type { Secrets } from '../src/config.ts'
import { startJobs } from '../src/jobs/jobs.ts'
import { makeServices, type Services } from '../src/services.ts'
import { Browser } from './support/browser.ts'
import { openPairedApp, type PairedApp, pair, signedIn } from './support/flowdock.ts'
import { textOf, visitor } from './support/pages.ts'

const [before, after] = ['the secret from before, 32 characters', 'the secret from then on, 32 or more']
/** The secrets of the processes, in the order of docs/operating.md. */
const [old, oldNew, newOld, onlyNew]: Secrets[] = [[before], [before, after], [after, before], [after]]

let paired: PairedApp
const apps: FastifyInstance[] = []

beforeAll(async () => {
  paired = await openPairedApp({ secrets: old, env: { FLOWDOCK_CLIENT_SECRET: 'client before,client after' } })
})

afterAll(async () => {
  for (const app of apps) await app.close()
  await paired.close()
})

/** The services of a process with these secrets, on the same database. */
function servicesWith(secrets: Secrets | undefined): Services {
  const { services } = paired
  return makeServices(services.config, secrets as Secrets, services.database, services.clock)
}

async function appWith(secrets: Secrets | undefined): Promise<FastifyInstance> {
  const app = await buildApp(servicesWith(secrets))
  apps.push(app)
  return app
}

/** The same browser, whose next request reaches a process with these secrets. */
async function goesOn(browser: Browser, secrets: Secrets | undefined): Promise<Browser> {
  const next = new Browser(await appWith(secrets))
  for (const [name, value] of browser.cookies) next.cookies.set(name, value)
  next.csrfToken = browser.csrfToken
  return next
}

describe('a form that is open in a browser', () => {
  const rename = (browser: Browser) => browser.post('/me/name', { name: 'Ann' })

  test.each([
    ['from before, by a process that knows the new secret', old, oldNew],
    ['from before, by a process that signs with the new secret', old, newOld],
    ['that one such process showed, by one that does not sign with it yet', newOld, oldNew],
  ])('is accepted %s', async (_name, shownBy, takenBy) => {
    const browser = await goesOn(await visitor(paired, 'Guest'), shownBy)
    await browser.get('/me')
    const { statusCode } = await rename(await goesOn(browser, takenBy))
    expect(statusCode).toBe(303)
  })

  test('is accepted without the old secret, if its browser came back meanwhile', async () => {
    const browser = await goesOn(await visitor(paired, 'Guest'), newOld)
    await browser.get('/')
    const last = await goesOn(browser, onlyNew)
    expect((await rename(last)).statusCode).toBe(303)
    await last.follow()
    expect(textOf(last, 'nav bdi')).toBe('Ann')
  })

  test('is refused under an unrelated secret', async () => {
    const browser = await goesOn(await visitor(paired, 'Guest'), onlyNew)
    expect((await rename(browser)).statusCode).toBe(403)
  })
})

describe('a click of an unknown Flowdock user', () => {
  const claim = {
    accountId: '1',
    tokenHash: 'x',
    actionRequest: { pollId: 'p', goal: { kind: 'closed' as const }, offeredAtRevision: 1 },
  }
  const now = new Date()

  test.each([
    [old, newOld],
    [newOld, oldNew],
    [newOld, onlyNew],
  ] as [Secrets, Secrets][])('is valid from %j to %j', async (signer, reader) => {
    expect(await readClaim(reader, await signClaim(signer, claim, now), now)).toEqual(claim)
  })

  test('is invalid under an unrelated secret', async () => {
    expect(await readClaim([after], await signClaim([before], claim, now), now)).toBeUndefined()
  })
})

describe('with a chat', () => {
  test('credentials are encrypted again as soon as a process starts with the new secret first', async () => {
    const browser = await signedIn(paired)
    await pair(paired, browser)
    const sealed = () => paired.database.prisma.connection.findFirstOrThrow().then(({ credentials }) => credentials)
    const text = await paired.services.credentials.open((await sealed()) ?? '')
    expect(text).toMatch(/./)
    const jobs = await startJobs(servicesWith(newOld), paired.app.log)
    await jobs.stop()
    const openedWith = async (secrets: Secrets | undefined) =>
      servicesWith(secrets).credentials.open((await sealed()) ?? '')
    expect([await openedWith(old), await openedWith(onlyNew), await openedWith(oldNew)]).toEqual([
      undefined,
      text,
      text,
    ])
  })

  test.each([
    [old, newOld],
    [newOld, oldNew],
  ])('sign-in state of a process with %j is readable with %j', async (stores, reads) => {
    const key = await servicesWith(stores).signInStates.begin('browser', { purpose: {}, accessToken: 'token' })
    expect(await servicesWith(reads).signInStates.find('browser', key)).toMatchObject({ accessToken: 'token' })
  })

  test('people sign in before and after a change of the client secret', async () => {
    const [application] = paired.sandbox.world.applications.list()
    if (!application) throw new Error('The sandbox knows no application.')
    for (const clientSecret of ['client before', 'client after']) {
      application.clientSecret = clientSecret
      expect((await signedIn(paired)).page?.headers.location).toBe('/connections')
    }
    application.clientSecret = 'known to nobody'
    expect((await signedIn(paired)).page?.statusCode).toBe(502)
  })
})
