import { createHash, createHmac } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { TestApp } from '../../support/app.ts'
import { second } from '../../support/clock.ts'
import { FlowdockActions, oldSecret, openActionsApp, type Sent, sentBody } from '../../support/flowdock-actions.ts'
import { clientSecret, flowdockToken, type TokenParts } from '../../support/flowdock-token.ts'

let testApp: TestApp
let actions: FlowdockActions

beforeAll(async () => {
  testApp = await openActionsApp()
})

afterAll(() => testApp.close())

beforeEach(async () => {
  actions = await FlowdockActions.begin(testApp)
})

describe('the token is taken', () => {
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
    const token = flowdockToken(Number(actions.account), testApp.clock.now(), { body: sentBody })
    expect(await actions.send(actions.ballot(), token)).toMatchObject({ statusCode: 200 })
    expect(await actions.votes()).toEqual([1, 0, 0])
  })

  test.each([
    ['without a body', undefined, ''],
    ['with an empty body', '', ''],
    ['with a body of 64 KiB', 'x'.repeat(65_536), ''],
    ['with a body that is no JSON', '{', ''],
    ['with a body that is no text', Buffer.from([0xff, 0, 0xfe]), ''],
    ['with another type', sentBody, 'text/plain'],
    ['with the type of a form', sentBody, 'application/x-www-form-urlencoded'],
  ])('%s', async (_name, body, type) => {
    const token = actions.tokenOf({ body: body ?? '' })
    expect(await actions.send(actions.ballot(), token, { body, ...(type && { type }) })).toMatchObject({
      statusCode: 200,
    })
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
    ['with the digest of another body', { body: `${sentBody} ` }],
    ['with the digest in upper case', { claims: { signature: digestOf(sentBody).toUpperCase() } }],
    ['with a digest cut short', { claims: { signature: digestOf(sentBody).slice(0, 63) } }],
    ['with a digest that goes on', { claims: { signature: `${digestOf(sentBody)}0` } }],
    ['with a list for a digest', { claims: { signature: [digestOf(sentBody)] } }],
  ])('%s', async (_name, parts) => {
    await expectRefused(actions.ballot(), actions.tokenOf(parts))
  })

  test.each([
    ['missing', undefined],
    ['x'],
    ['a.b.c'],
    ['..'],
    ['Bearer x'],
    ['very long', `${'x'.repeat(10_000)}.y.z`],
  ])('when it is none: %s', async (...[name, token = name === 'missing' ? undefined : name]) => {
    await expectRefused(actions.ballot(), token)
  })

  test.each([
    ['altered by one byte', sentBody.replace('Vote', 'Vota')],
    ['with white space added', `${sentBody}\n`],
    ['written in another way', JSON.stringify(JSON.parse(sentBody), null, 1)],
    ['left out', undefined],
  ])('with the body %s', async (_name, body) => {
    await expectRefused(actions.ballot(), actions.tokenOf(), { body })
  })

  test('when the body is too long', async () => {
    const long = 'x'.repeat(65_537)
    expect(await actions.send(actions.ballot(), actions.tokenOf({ body: long }), { body: long })).toMatchObject({
      statusCode: 413,
    })
    expect(await actions.votes()).toEqual([0, 0, 0])
  })

  test('when it is not in its header but in a cookie', async () => {
    const cookies = { 'flowdock-token': actions.tokenOf(), FLOWDOCK_TOKEN: actions.tokenOf() }
    const url = `/flowdock/actions/polls/${actions.ballot()}`
    const { statusCode } = await testApp.app.inject({ method: 'POST', url, cookies, payload: sentBody })
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

function inSeconds(seconds: number): number {
  return Math.floor(Date.parse('2026-03-14T09:26:53.589Z') / second) + seconds
}

function hs512(signed: string, secret: string): string {
  return createHmac('sha512', secret).update(signed).digest('base64url')
}

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
