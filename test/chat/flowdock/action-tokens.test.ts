import { createHash, createHmac } from 'node:crypto'
import { beforeEach, describe, expect, test } from 'vitest'
import { closedAtEnd } from '../../support/at-end.ts'
import { second } from '../../support/clock.ts'
import { bodyFor, FlowdockActions, oldSecret, openActionsApp, type Sent } from '../../support/flowdock-actions.ts'
import { clientSecret, flowdockToken, type TokenParts } from '../../support/flowdock-token.ts'

let actions: FlowdockActions

const testApp = await closedAtEnd(openActionsApp())

beforeEach(async () => {
  actions = await FlowdockActions.begin(testApp)
})

describe('the token is accepted', () => {
  test.each([
    ['with the first secret', {}],
    ['with the second secret', { secret: oldSecret }],
    ['within the skew of clocks after it has expired', { claims: { exp: inSeconds(-4) } }],
    ['for five minutes', { claims: { exp: inSeconds(300) } }],
    ['with more claims than are known', { claims: { admin: true, iat: 0 } }],
  ])('%s', async (_name, parts) => {
    expect(await actions.send(actions.ballot(), actions.tokenOf(parts))).toMatchObject({ statusCode: 200 })
  })

  test('with the user’s id as a number', async () => {
    const token = flowdockToken(Number(actions.account), testApp.clock.now(), { body: bodyFor(actions.ballot()) })
    expect(await actions.send(actions.ballot(), token)).toMatchObject({ statusCode: 200 })
    expect(await actions.votes()).toEqual([1, 0, 0])
  })

  test.each([['text/plain'], ['application/x-www-form-urlencoded']])('with a body of the type %s', async (type) => {
    expect(await actions.send(actions.ballot(), actions.tokenOf(), { type })).toMatchObject({ statusCode: 200 })
  })

  test('with a body of 64 KiB', async () => {
    const body = bodyFor(actions.ballot()).padEnd(65_536)
    expect(await actions.send(actions.ballot(), actions.tokenOf({ body }), { body })).toMatchObject({ statusCode: 200 })
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
  ])('%s', async (_name, parts) => {
    await expectRefused(actions.ballot(), actions.tokenOf(parts))
  })

  test.each<[string, (digest: string) => unknown]>([
    ['of another body', () => digestOf('{}')],
    ['in upper case', (digest) => digest.toUpperCase()],
    ['cut short', (digest) => digest.slice(0, 63)],
    ['that is too long', (digest) => `${digest}0`],
    ['in a list', (digest) => [digest]],
  ])('with a digest %s', async (_name, digest) => {
    const signature = digest(digestOf(bodyFor(actions.ballot())))
    await expectRefused(actions.ballot(), actions.tokenOf({ claims: { signature } }))
  })

  test.each<[string, (token: string) => string]>([
    ['with spare bits in its last letter', (token) => token.slice(0, -1) + nextLetter(token.slice(-1))],
    ['with padding', (token) => `${token}=`],
    ['with white space', (token) => `${token.slice(0, -5)} ${token.slice(-5)}`],
    ['in the letters of plain base64', (token) => token.replace(/[^.]+$/, (part) => part.replace(/[-_]/, plainLetter))],
  ])('when its signature is encoded as %s', async (_name, respelled) => {
    const token = await tokenWith(/[-_][\w-]*$/)
    await expectRefused(actions.ballot(), respelled(token))
  })

  test.each<[string, (place: string) => string | undefined]>([
    ['is none', () => undefined],
    ['is empty', () => ''],
    ['is no JSON', () => '{'],
    ['is a list', (place) => `[${bodyFor(place)}]`],
    ['has no target', () => JSON.stringify({ '@type': 'UpdateAction', name: 'Vote' })],
    ['is for another option', () => bodyFor(actions.ballot(1))],
    ['is for another revision of the thread', (place) => bodyFor(place.replace(/\d+$/, '999'))],
    ['is for another method', (place) => bodyFor(place, { httpMethod: 'DELETE' })],
    ['is for another host', (place) => bodyFor(place).replace('localhost:3300', 'evil.example')],
    ['is for the path alone', (place) => bodyFor(place).replace('http://localhost:3300', '')],
    ['has a list for an address', (place) => bodyFor(place, { urlTemplate: [place] })],
  ])('when the signed body %s', async (_name, bodyOf) => {
    const body = bodyOf(actions.ballot())
    await expectRefused(actions.ballot(), actions.tokenOf({ body: body ?? '' }), { body })
  })

  test.each([
    ['missing', undefined],
    ['x'],
    ['a.b.c'],
    ['..'],
    ['Bearer x'],
    ['very long', `${'x'.repeat(10_000)}.y.z`],
  ])('when it is malformed: %s', async (...[name, token = name === 'missing' ? undefined : name]) => {
    await expectRefused(actions.ballot(), token)
  })

  test.each([
    ['altered by one byte', (body: string) => body.replace('Vote', 'Vota')],
    ['with white space added', (body: string) => `${body}\n`],
    ['written in another way', (body: string) => JSON.stringify(JSON.parse(body), null, 1)],
    ['left out', () => undefined],
  ])('with the body %s', async (_name, changed) => {
    await expectRefused(actions.ballot(), actions.tokenOf(), { body: changed(bodyFor(actions.ballot())) })
  })

  test('when the body is too long', async () => {
    const long = 'x'.repeat(65_537)
    expect(await actions.send(actions.ballot(), actions.tokenOf({ body: long }), { body: long })).toMatchObject({
      statusCode: 413,
    })
    expect(await actions.votes()).toEqual([0, 0, 0])
  })

  test('when it is in a cookie instead of the header', async () => {
    const cookies = { 'flowdock-token': actions.tokenOf(), FLOWDOCK_TOKEN: actions.tokenOf() }
    const url = `/flowdock/actions/polls/${actions.ballot()}`
    const { statusCode } = await testApp.app.inject({
      method: 'POST',
      url,
      cookies,
      payload: bodyFor(actions.ballot()),
    })
    expect(statusCode).toBe(401)
  })

  async function expectRefused(place: string, token: string | undefined, sent: Sent = {}): Promise<void> {
    const { statusCode, headers, json } = await actions.send(place, token, sent)
    expect([statusCode, headers['content-type']]).toEqual([401, 'application/problem+json; charset=utf-8'])
    expect(json).toMatchObject({ status: 401, title: 'Not recognised' })
    expect(headers['www-authenticate']).not.toContain('url=')
    expect(await actions.votes()).toEqual([0, 0, 0])
  }
})

/** A token with a signature that matches the pattern. */
async function tokenWith(pattern: RegExp): Promise<string> {
  for (;;) {
    const token = actions.tokenOf({ claims: { jti: crypto.randomUUID() } })
    if (pattern.test(token.split('.')[2] ?? '')) return token
  }
}

/** The next letter decodes alike at the end of 32 bytes, as its two lowest bits are unused. */
function nextLetter(letter: string): string {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  return letters[letters.indexOf(letter) ^ 1] ?? ''
}

function plainLetter(letter: string): string {
  return letter === '-' ? '+' : '/'
}

function inSeconds(seconds: number): number {
  return Math.floor(Date.parse('2026-03-14T09:26:53.589Z') / second) + seconds
}

function hs512(signed: string, secret: string): string {
  return createHmac('sha512', secret).update(signed).digest('base64url')
}

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
