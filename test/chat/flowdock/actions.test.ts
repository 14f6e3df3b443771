import { createHash, createHmac } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { buildApp } from '../../../src/app.ts'
import type { PersonName } from '../../../src/people/types.ts'
import { newPollId } from '../../../src/polls/ids.ts'
import type { Poll } from '../../../src/polls/types.ts'
import { makeServices } from '../../../src/services.ts'
import { openTestApp, type TestApp, testSecret } from '../../support/app.ts'
import { castVote } from '../../support/cast-vote.ts'
import { second } from '../../support/clock.ts'
import { clientSecret, flowdockToken, type TokenParts } from '../../support/flowdock-token.ts'
import { createPerson, createPoll, expectConsistent } from '../../support/polls.ts'

const oldSecret = 'known to both until lately'
const env = {
  FLOWDOCK_API_URL: 'http://127.0.0.1:1',
  FLOWDOCK_CLIENT_ID: 'polldock',
  FLOWDOCK_CLIENT_SECRET: `${clientSecret},${oldSecret}`,
}
const body = JSON.stringify({ '@type': 'UpdateAction', name: 'Vote', agent: { '@type': 'Person', name: 'Mallory' } })

let testApp: TestApp
let ann: PersonName
let poll: Poll
let accounts = 0
/** Of Ann in Flowdock. */
let account: string

beforeAll(async () => {
  testApp = await openTestApp({ env })
})

afterAll(() => testApp.close())

beforeEach(async () => {
  ann = await createPerson(testApp.database)
  account = String(++accounts)
  const linkedAt = testApp.clock.now()
  const row = { chat: 'flowdock', accountId: account, personId: ann.id, name: 'Ann', sees: [], linkedAt }
  await testApp.database.prisma.chatAccount.create({ data: row })
  poll = await createPoll(testApp.services.box, await createPerson(testApp.database))
})

type Sent = {
  body?: string | Buffer | undefined
  type?: string
  app?: FastifyInstance
  method?: 'POST' | 'GET' | 'PUT'
}

/** Sends what Flowdock would, with this token. */
async function send(place: string, token: string | undefined, { type = 'application/json', ...sent }: Sent = {}) {
  const payload = 'body' in sent ? sent.body : body
  const {
    statusCode,
    headers,
    body: text,
  } = await (sent.app ?? testApp.app).inject({
    method: sent.method ?? 'POST',
    url: `/flowdock/actions/polls/${place}`,
    headers: { ...(payload !== undefined && { 'content-type': type }), ...(token && { 'flowdock-token': token }) },
    payload,
  })
  return { statusCode, headers, json: JSON.parse(text) as Record<string, unknown>, text }
}

const tokenOf = (parts: TokenParts = {}) => flowdockToken(account, testApp.clock.now(), { body, ...parts })
const ballot = (option = 0, revision = poll.revision) =>
  `${poll.id}/ballot/${poll.options[option]?.id}?revision=${revision}`

/** Picks an action as Ann, with a token that is new. */
const pick = (place: string) => send(place, tokenOf({ claims: { jti: crypto.randomUUID() } }))

async function votes(): Promise<number[]> {
  const { poll: now } = await testApp.services.polls.view(poll.id)
  expect(now.totalVotes).toBe(now.options.reduce((sum, option) => sum + option.votes, 0))
  return now.options.map((option) => option.votes)
}

const close = (by = poll.createdBy) => testApp.services.box.submit({ pollId: poll.id, command: { by, type: 'close' } })

describe('an action', () => {
  test('votes, changes the vote, and removes it', async () => {
    expect(await pick(ballot(0))).toMatchObject({ statusCode: 200, json: { message: 'You voted for Pizza.' } })
    expect(await votes()).toEqual([1, 0, 0])
    expect((await pick(ballot(0))).json).toEqual({ message: 'You voted for Pizza.' })
    expect((await pick(ballot(1))).json).toEqual({ message: 'You changed your vote from Pizza to Sushi.' })
    expect(await votes()).toEqual([0, 1, 0])
    expect((await pick(`${poll.id}/no-ballot`)).json).toEqual({ message: 'Your vote for Sushi is removed.' })
    expect((await pick(`${poll.id}/no-ballot`)).json).toEqual({ message: 'You have no vote in this poll.' })
    expect(await votes()).toEqual([0, 0, 0])
    await expectConsistent(testApp.database, poll.id)
  })

  test('is about the very ballot that the person has on the web', async () => {
    await testApp.services.box.submit({ pollId: poll.id, command: castVote(poll, ann, 2) })
    expect((await pick(ballot(0))).json).toEqual({ message: 'You changed your vote from Falafel to Pizza.' })
    expect(await votes()).toEqual([1, 0, 0])
  })

  test('closes and reopens for the creator, and for nobody else', async () => {
    const forbidden = `Only ${poll.createdBy.name}, who created this poll, can close it.`
    expect(await pick(`${poll.id}/closed`)).toMatchObject({ statusCode: 403, json: { detail: forbidden } })
    poll = await createPoll(testApp.services.box, ann)
    expect((await pick(`${poll.id}/closed`)).json).toEqual({ message: 'You closed the poll.' })
    expect((await pick(`${poll.id}/closed`)).json).toEqual({ message: 'The poll is closed already.' })
    expect((await pick(`${poll.id}/open`)).json).toEqual({ message: 'You reopened the poll.' })
    expect((await pick(`${poll.id}/open`)).json).toEqual({ message: 'The poll is open already.' })
  })

  test('says so when the poll is closed, is gone, or was never there', async () => {
    await close()
    const detail = 'This poll is closed and takes no more votes. Its thread is being brought up to date.'
    expect(await pick(ballot(0))).toMatchObject({ statusCode: 409, json: { status: 409, detail } })
    expect(await pick(`${poll.id}/no-ballot?revision=2`)).toMatchObject({ statusCode: 409 })
    await testApp.services.box.submit({ pollId: poll.id, command: { by: poll.createdBy, type: 'delete' } })
    expect(await pick(ballot(0))).toMatchObject({ statusCode: 410 })
    expect(await pick(`${newPollId()}/closed`)).toMatchObject({ statusCode: 404 })
    expect(await pick(`${'%00'.repeat(16)}/closed`)).toMatchObject({ statusCode: 404 })
  })

  test.each([['aaaaaaaaaaaa'], ['%00'], ['%F0%9F%8D%95'], ['__proto__'], ['very long', 'x'.repeat(500)]])(
    'for an option that is not there says so: %s',
    async (name, option = name) => {
      const { statusCode, json } = await pick(`${poll.id}/ballot/${option}?revision=1`)
      expect([statusCode, json.detail]).toEqual([410, 'This poll has no such option any more.'])
      expect(await votes()).toEqual([0, 0, 0])
    },
  )

  test.each(['', '?revision=', '?revision=-1', '?revision=1&revision=2', '?revision=99999999999999', '?revision=x'])(
    'is done whatever the revision: %j',
    async (query) => {
      expect(await pick(ballot(0).replace(/\?.*/, query))).toMatchObject({ statusCode: 200 })
    },
  )

  test.each([
    ['PUT', 'ballot/x'],
    ['GET', 'closed'],
    ['POST', 'ballot'],
    ['POST', 'deleted'],
    ['POST', 'closed/now'],
  ] as const)('is none of ours: %s %s', async (method, place) => {
    const sent = await send(`${poll.id}/${place}`, tokenOf(), { method })
    expect([sent.statusCode, sent.headers['content-type']]).toEqual([404, 'application/problem+json; charset=utf-8'])
  })
})

describe('the token is taken', () => {
  test.each([
    ['with the first secret', {}],
    ['with the second secret', { secret: oldSecret }],
    ['within the skew of clocks after it has expired', { claims: { exp: inSeconds(-4) } }],
    ['for five minutes', { claims: { exp: inSeconds(300) } }],
    ['with more claims than are known', { claims: { admin: true, iat: 0 } }],
  ])('%s', async (_name, parts) => {
    expect(await send(ballot(), tokenOf(parts))).toMatchObject({ statusCode: 200 })
  })

  test('with the user’s id as a number', async () => {
    const token = flowdockToken(Number(account), testApp.clock.now(), { body })
    expect(await send(ballot(), token)).toMatchObject({ statusCode: 200 })
    expect(await votes()).toEqual([1, 0, 0])
  })

  test.each([
    ['without a body', undefined, ''],
    ['with an empty body', '', ''],
    ['with a body of 64 KiB', 'x'.repeat(65_536), ''],
    ['with a body that is no JSON', '{', ''],
    ['with a body that is no text', Buffer.from([0xff, 0, 0xfe]), ''],
    ['with another type', body, 'text/plain'],
    ['with the type of a form', body, 'application/x-www-form-urlencoded'],
  ])('%s', async (_name, sentBody, type) => {
    const token = tokenOf({ body: sentBody ?? '' })
    expect(await send(ballot(), token, { body: sentBody, ...(type && { type }) })).toMatchObject({ statusCode: 200 })
  })
})

describe('the token is refused, and nothing changes,', () => {
  const none = () => ''
  const rs256 = (signed: string) => createHmac('sha256', `-----BEGIN PUBLIC KEY-----${clientSecret}`).update(signed)

  test.each<[string, TokenParts]>([
    ['with another secret', { secret: 'guessed' }],
    ['with an empty secret', { secret: '' }],
    ['without a signature', { header: { alg: 'none' }, sign: none }],
    ['with "none" and a signature', { header: { alg: 'none' } }],
    ['with "None"', { header: { alg: 'None' }, sign: none }],
    ['with RS256, and the secret as its key', { header: { alg: 'RS256' } }],
    ['with RS256', { header: { alg: 'RS256' }, sign: (signed) => rs256(signed).digest('base64url') }],
    ['with HS512', { header: { alg: 'HS512' }, sign: hs512 }],
    ['without an algorithm', { header: { alg: undefined } }],
    ['with a critical header that we do not know', { header: { crit: ['b64'], b64: false } }],
    ['when it has expired', { claims: { exp: inSeconds(-6) } }],
    ['without an end', { claims: { exp: undefined } }],
    ['with an end that is a text', { claims: { exp: String(inSeconds(30)) } }],
    ['for longer than five minutes', { claims: { exp: inSeconds(306) } }],
    ['for ten years', { claims: { exp: inSeconds(315_360_000) } }],
    ['before it begins', { claims: { nbf: inSeconds(60) } }],
    ['without a user', { claims: { sub: undefined } }],
    ['with an empty user', { claims: { sub: '' } }],
    ['with a user that is no id', { claims: { sub: { id: '1' } } }],
    ['with a user that no database takes', { claims: { sub: '1\u0000' } }],
    ['without a digest', { claims: { signature: undefined } }],
    ['with the digest of another body', { body: `${body} ` }],
    ['with the digest in upper case', { claims: { signature: digestOf(body).toUpperCase() } }],
    ['with a digest cut short', { claims: { signature: digestOf(body).slice(0, 63) } }],
    ['with a digest that goes on', { claims: { signature: `${digestOf(body)}0` } }],
    ['with a list for a digest', { claims: { signature: [digestOf(body)] } }],
  ])('%s', async (_name, parts) => {
    await expectRefused(ballot(), tokenOf(parts))
  })

  test.each([
    ['missing', undefined],
    ['x'],
    ['a.b.c'],
    ['..'],
    ['Bearer x'],
    ['very long', `${'x'.repeat(10_000)}.y.z`],
  ])('when it is none: %s', async (...[name, token = name === 'missing' ? undefined : name]) => {
    await expectRefused(ballot(), token)
  })

  test.each([
    ['altered by one byte', body.replace('Vote', 'Vota')],
    ['with white space added', `${body}\n`],
    ['written in another way', JSON.stringify(JSON.parse(body), null, 1)],
    ['left out', undefined],
  ])('with the body %s', async (_name, sentBody) => {
    await expectRefused(ballot(), tokenOf(), { body: sentBody })
  })

  test('when the body is too long', async () => {
    const long = 'x'.repeat(65_537)
    expect(await send(ballot(), tokenOf({ body: long }), { body: long })).toMatchObject({ statusCode: 413 })
    expect(await votes()).toEqual([0, 0, 0])
  })

  test('when it is not in its header but in a cookie', async () => {
    const cookies = { 'flowdock-token': tokenOf(), FLOWDOCK_TOKEN: tokenOf() }
    const url = `/flowdock/actions/polls/${ballot()}`
    const { statusCode } = await testApp.app.inject({ method: 'POST', url, cookies, payload: body })
    expect(statusCode).toBe(401)
  })

  async function expectRefused(place: string, token: string | undefined, sent: Sent = {}): Promise<void> {
    const { statusCode, headers, json } = await send(place, token, sent)
    expect([statusCode, headers['content-type']]).toEqual([401, 'application/problem+json; charset=utf-8'])
    expect(json).toMatchObject({ status: 401, title: 'Not recognised' })
    expect(headers['www-authenticate']).not.toContain('url=')
    expect(await votes()).toEqual([0, 0, 0])
  }
})

describe('a token that is used again', () => {
  test('gets the first answer, and changes nothing', async () => {
    const token = tokenOf()
    const first = await send(ballot(0), token)
    await pick(ballot(1))
    const again = await send(ballot(0), token)
    expect([again.statusCode, again.text]).toEqual([200, first.text])
    expect(await votes()).toEqual([0, 1, 0])
  })

  test('gets the first refusal, though the poll is open by now', async () => {
    const token = tokenOf()
    await close()
    const first = await send(ballot(0), token)
    await testApp.services.box.submit({ pollId: poll.id, command: { by: poll.createdBy, type: 'reopen' } })
    const again = await send(ballot(0), token)
    expect([again.statusCode, again.text]).toEqual([409, first.text])
    expect(await votes()).toEqual([0, 0, 0])
  })

  test.each([
    ['for another option', () => ballot(1)],
    ['for another action', () => `${poll.id}/no-ballot`],
  ])('%s is refused', async (_name, place) => {
    const token = tokenOf()
    await send(ballot(0), token)
    expect(await send(place(), token)).toMatchObject({ statusCode: 401 })
    expect(await votes()).toEqual([1, 0, 0])
  })

  test('for another poll is refused', async () => {
    const token = tokenOf()
    await send(ballot(0), token)
    poll = await createPoll(testApp.services.box, ann)
    expect(await send(ballot(0), token)).toMatchObject({ statusCode: 401 })
    expect(await votes()).toEqual([0, 0, 0])
  })

  test('twenty times at the same instant, in two processes, votes once', async () => {
    const other = await buildApp(secondServices())
    const token = tokenOf()
    const sent = Array.from({ length: 20 }, (_, n) => send(ballot(0), token, { app: n % 2 ? other : testApp.app }))
    const answers = await Promise.all(sent)
    expect(new Set(answers.map(({ statusCode, text }) => `${statusCode} ${text}`)).size).toBe(1)
    expect(answers[0]).toMatchObject({ statusCode: 200, json: { message: 'You voted for Pizza.' } })
    expect(await votes()).toEqual([1, 0, 0])
    await expectConsistent(testApp.database, poll.id)
    await other.close()
  })

  test('at the same instant for two options in two processes votes once', async () => {
    const other = await buildApp(secondServices())
    const token = tokenOf()
    const both = [send(ballot(0), token), send(ballot(1), token, { app: other })]
    const statuses = (await Promise.all(both)).map(({ statusCode }) => statusCode)
    expect(statuses.sort()).toEqual([200, 401])
    expect((await votes()).reduce((sum, count) => sum + count)).toBe(1)
    await other.close()
  })

  /** What another process on the same database would have. */
  function secondServices() {
    const { config, database, clock } = testApp.services
    return makeServices(config, testSecret, database, clock)
  }
})

describe('of somebody who is not known', () => {
  beforeEach(() => {
    account = `stranger-${++accounts}`
  })

  test('an action is answered with a link to sign in', async () => {
    const { statusCode, headers, json } = await send(ballot(), tokenOf())
    expect([statusCode, json.detail]).toEqual([401, expect.stringContaining('does not know you yet')])
    expect(headers['www-authenticate']).toMatch(
      /^Flowdock-Token url=http:\/\/localhost:3300\/flowdock\/link\?claim=[\w.-]+$/,
    )
    expect(await votes()).toEqual([0, 0, 0])
  })

  test('a token is spent, though they are known afterwards', async () => {
    const token = tokenOf()
    expect(await send(ballot(), token)).toMatchObject({ statusCode: 401 })
    const row = { chat: 'flowdock', accountId: account, personId: ann.id, name: 'Ann', sees: [] }
    await testApp.database.prisma.chatAccount.create({ data: { ...row, linkedAt: testApp.clock.now() } })
    expect(await send(ballot(), token)).toMatchObject({ statusCode: 401 })
    expect(await votes()).toEqual([0, 0, 0])
    expect(await pick(ballot())).toMatchObject({ statusCode: 200 })
    await testApp.database.prisma.chatAccount.deleteMany({ where: { accountId: account } })
    expect(await pick(ballot(1))).toMatchObject({ statusCode: 401 })
    expect(await votes()).toEqual([1, 0, 0])
  })

  test('tokens are kept no longer than they could be used', async () => {
    await testApp.database.prisma.spentToken.deleteMany()
    await send(ballot(), tokenOf())
    const [spent] = await testApp.database.prisma.spentToken.findMany()
    const secondsLeft = ((spent?.expiresAt.getTime() ?? 0) - testApp.clock.now().getTime()) / second
    expect(Math.round(secondsLeft)).toBe(34)
  })
})

test('votes of one person are counted against their limit', async () => {
  const limited = await openTestApp({ env: { ...env, RATE_LIMIT: 'on', RATE_LIMIT_VOTE: '1' } })
  const { app, services, database, clock } = limited
  const [by, another] = [await createPerson(database), await createPerson(database)]
  for (const { id } of [by, another]) {
    const row = { chat: 'flowdock', accountId: id, personId: id, name: 'Ann', sees: [], linkedAt: clock.now() }
    await database.prisma.chatAccount.create({ data: row })
  }
  poll = await createPoll(services.box, by)
  const vote = (person: PersonName, option: number) =>
    send(ballot(option), flowdockToken(person.id, clock.now(), { body, claims: { jti: String(option) } }), { app })
  expect(await vote(by, 0)).toMatchObject({ statusCode: 200 })
  expect(await vote(by, 1)).toMatchObject({ statusCode: 429, headers: { 'retry-after': '60' } })
  expect(await vote(another, 1)).toMatchObject({ statusCode: 200 })
  await limited.close()
})

function inSeconds(seconds: number): number {
  return Math.floor(Date.parse('2026-03-14T09:26:53.589Z') / second) + seconds
}

function hs512(signed: string, secret: string): string {
  return createHmac('sha512', secret).update(signed).digest('base64url')
}

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
