import { once } from 'node:events'
import { connect } from 'node:net'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { newGuest } from './api/client.ts'
import { openPairedApp, type PairedApp, signedIn, userCalled } from './support/flowdock.ts'
import { FlowdockActions } from './support/flowdock-actions.ts'
import { Log, warn } from './support/log.ts'
import { createPoll, visitor } from './support/pages.ts'

let paired: PairedApp
const log = new Log()
/** Texts that were sent or stored, and must not appear in the log. */
const secrets: string[] = []

const secret = (text: string) => {
  secrets.push(text)
  return text
}

beforeAll(async () => {
  paired = await openPairedApp({ log, env: { LOG_LEVEL: 'trace' } })
  secrets.push('known to both', 'Virtanen')
})

afterEach(() => vi.restoreAllMocks())

afterAll(() => paired.close())

/** A page with every kind of private data. */
async function livelyPage() {
  const ann = await visitor(paired, secret('Ann Privately'))
  const poll = await createPoll(ann)
  await ann.post(`${poll.path}/comments`, { body: secret('Nobody else is to know') })
  await ann.get(`/?q=${secret('searched-for-this')}`)
  secrets.push(ann.csrfToken, ...ann.cookies.values())
  return { ann, poll }
}

describe('the log contains none of', () => {
  test('people’s actions on pages, their cookies and searches', async () => {
    const { ann, poll } = await livelyPage()
    await ann.post(`${poll.path}/ballot`, { choice: poll.options[0] ?? '', _csrf: secret('forged-csrf-token') })
    expectSilence()
    expect(log.text).toContain(`"path":"${poll.path}`)
  })

  test('API tokens, and the bodies that the API refuses', async () => {
    const bob = await newGuest(paired.app, secret('Bob Unnamed'))
    secrets.push(bob.headers.authorization?.slice(7) ?? '')
    await bob.send('POST', '/polls', `{"title": "${secret('An unfinished question')}`, {
      'content-type': 'application/json',
    })
    await bob.send('POST', '/polls', { title: secret('A question without options'), email: secret('bob@example.org') })
    await bob.send('GET', '/me', undefined, { authorization: `Bearer ${secret('made-up-token')}` })
    expectSilence()
  })

  test('the person who signs in, and the query of the way back', async () => {
    const maija = await signedIn(paired, 'maija')
    const { name, email } = userCalled(paired, 'maija')
    secrets.push(name, email, ...maija.cookies.values())
    expectSilence()
  })

  test('the query of a way back with an invalid code or state', async () => {
    const stranger = paired.browser()
    const { headers } = await stranger.get('/auth/flowdock')
    const state = secret(new URL(headers.location ?? '').searchParams.get('state') ?? '')
    const back = (query: object) => stranger.get(`/auth/flowdock/callback?${new URLSearchParams({ ...query })}`)
    const warnings = await log.during(() => back({ state, code: secret('no-code-of-theirs') }), warn)
    expect(warnings.map(({ trouble }) => trouble)).toEqual(['Flowdock refused the sign-in'])
    await back({ state: secret('no-state-of-ours'), code: 'x', error: secret('some_error'), key: secret('a-key') })
    expectSilence()
  })

  test('the invalid action token, of which one line gives the reason', async () => {
    const actions = await FlowdockActions.begin(paired)
    const token = secret(actions.tokenOf({ secret: 'somebody else’s' }))
    const warnings = await log.during(async () => {
      const { statusCode, json, headers } = await actions.send(actions.ballot(), token)
      expect([statusCode, json.requestId]).toEqual([401, headers['x-request-id']])
    }, warn)
    const reason = 'The token was not signed with the client secret.'
    expect(warnings).toEqual([
      expect.objectContaining({ reason, msg: 'The token of an action from Flowdock was not accepted' }),
    ])
    secrets.push('Mallory')
    expectSilence()
  })

  test('the proof of an action of an unknown user', async () => {
    const actions = await FlowdockActions.begin(paired)
    actions.account = '999123456'
    const { headers } = await actions.pick(actions.ballot())
    const url = new URL(String(headers['www-authenticate']).replace('Flowdock-Token url=', ''))
    secrets.push(url.searchParams.get('claim') ?? '')
    await paired.browser().get(url.pathname + url.search)
    expectSilence()
  })

  test('values that the database cannot store', async () => {
    const { prisma } = paired.database
    const carla = await newGuest(paired.app, secret('Carla Stored'))
    await prisma.$executeRaw`ALTER TABLE comments ADD CONSTRAINT refuse CHECK (body NOT LIKE 'Refuse%')`
    const poll = await carla.newPoll()
    const lines = await log.during(async () => {
      const { statusCode } = await carla.send('POST', `/polls/${poll.id}/comments`, { body: secret('Refuse me') })
      expect(statusCode).toBe(500)
    }, warn)
    expect(lines).toEqual([expect.objectContaining({ err: expect.objectContaining({ sqlState: '23514' }) })])
    await prisma.$executeRaw`ALTER TABLE comments DROP CONSTRAINT refuse`
    expectSilence()
  })

  test('values that the database cannot read', async () => {
    const broken = () => paired.database.prisma.$queryRaw`SELECT ${secret('Not a number')}::int`
    vi.spyOn(paired.services.polls, 'view').mockImplementation(broken as never)
    await paired.app.inject('/api/polls/nosuchpollanywhr')
    expectSilence()
  })

  test('a failed Prisma call, which Prisma prints with its arguments', async () => {
    const broken = () => paired.database.prisma.person.create({ data: { name: secret('Dora Printed') } as never })
    vi.spyOn(paired.services.polls, 'view').mockImplementation(broken as never)
    const lines = await log.during(() => paired.app.inject('/api/polls/nosuchpollanywhr'), warn)
    expect(lines[0]?.err).toMatchObject({ message: 'Argument `id` is missing.' })
    expectSilence()
  })

  test('properties of an unexpected exception', async () => {
    const { body } = await paired.browser().get('/me')
    expect(body).toContain('does not know you')
    const cause = Object.assign(new Error(`Called postgresql://me:${secret('hunter2')}@db/x?key=${secret('k3y')}`), {
      params: [secret('a bound value')],
    })
    const text = `${secret('eve@example.org')} broke it`
    const error = Object.assign(new TypeError(text, { cause }), {
      headers: { authorization: secret('Bearer abc'), cookie: secret('polldock=def') },
      response: { body: `flow_token=${secret('0123456789abcdef0123456789abcdef')}` },
    })
    vi.spyOn(paired.services.polls, 'view').mockRejectedValue(error)
    for (const path of ['/api/polls/nosuchpollanywhr', '/polls/nosuchpollanywhr'])
      expect((await paired.app.inject(path)).statusCode).toBe(500)
    expectSilence()
    expect(log.text).toContain('broke it')
    expect(log.text).toMatch(/"stack":"at .*log\.test\.ts/)
  })

  test('a request that is not HTTP', async () => {
    const url = new URL(await paired.listen())
    const socket = connect(Number(url.port), '127.0.0.1')
    socket.write(`GET / HTTP/1.1\r\nCookie: polldock=${secret('a-cookie-in-a-broken-request')}\r\n\0\r\n\r\n`)
    socket.resume()
    await once(socket, 'close')
    expectSilence()
    expect(log.text).toContain('HPE_')
  })
})

function expectSilence(): void {
  for (const text of secrets) {
    expect(text).not.toBe('')
    expect(log.text).not.toContain(text)
  }
}
