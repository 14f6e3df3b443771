import { createHmac } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { type ActionRequest, actionPath, commandOf } from '../../../src/chat/flowdock/action-request.ts'
import { readClaim, signClaim } from '../../../src/chat/flowdock/actions/claim.ts'
import { checkToken, InvalidToken, tokenKey } from '../../../src/chat/flowdock/actions/token.ts'
import { actionBody, clientSecret, flowdockToken, type TokenParts } from '../../support/flowdock-token.ts'
import { bob, noon } from '../../support/poll-log.ts'

const url = 'http://localhost:3300/flowdock/actions/polls/lunch/closed?revision=3'
const body = actionBody(url)
const keys = await Promise.all([clientSecret, 'the other'].map(tokenKey))
const atNoon = noon.getTime() / 1_000
const carrier = (change: object = {}) => ({ method: 'POST', url, body: Buffer.from(body), ...change })
const token = (parts: TokenParts = {}, sub: unknown = '17') => flowdockToken(sub, noon, { body, ...parts })
const check = (text: unknown, change: object = {}) => checkToken(text, carrier(change), keys, noon)
const distrust = async (text: unknown, change: object = {}) => {
  const error = await check(text, change).then(undefined, (reason: unknown) => reason)
  expect(error).toBeInstanceOf(InvalidToken)
  const { name, code, message } = error as InvalidToken
  expect([name, message]).toEqual(['Untrusted', expect.stringMatching(/^(The|There) .{10,}\.$/)])
  return code
}

test('the token key cannot be read', async () => {
  expect((await tokenKey('secret')).extractable).toBe(false)
})

describe('a token', () => {
  test('contains the user of the action and its expiry', async () => {
    const sender = { accountId: '17', expiresAt: new Date(noon.getTime() + 35_000) }
    expect(await check(token())).toEqual({ ...sender, tokenHash: expect.stringMatching(/^[0-9a-f]{64}$/) })
    expect(await check(token({ secret: 'the other' }))).toMatchObject(sender)
    expect(await check(token({}, 17))).toMatchObject(sender)
  })

  test('has one hash for each set of claims', async () => {
    const hash = async (parts: TokenParts = {}, sub?: string) => (await check(token(parts, sub))).tokenHash
    expect(await hash({ header: { kid: 'x' }, claims: { more: 1 } })).toBe(await hash())
    expect(await hash({ secret: 'the other' })).toBe(await hash())
    const others = [
      hash(),
      hash({}, '18'),
      hash({ claims: { exp: atNoon + 31 } }),
      hash({ claims: { jti: 'a' } }),
      hash({ claims: { jti: 'b' } }),
    ]
    expect(new Set(await Promise.all(others)).size).toBe(5)
  })

  test.each<[string, number, string | undefined]>([
    ['4 s ago', -4, undefined],
    ['5 s ago', -5, 'expired'],
    ['in 305 s', 305, undefined],
    ['in 306 s', 306, 'too_long_lived'],
  ])('that expires %s is accepted or refused', async (_when, seconds, code) => {
    const text = token({ claims: { exp: atNoon + seconds } })
    const taken = async () => (await check(text)) && undefined
    expect(await (code ? distrust(text) : taken())).toBe(code)
  })

  test.each<[string, unknown, string]>([
    ['none', undefined, 'no_token'],
    ['an empty one', '', 'no_token'],
    ['several', ['a', 'b'], 'no_token'],
    ['no JWT', 'x', 'invalid'],
    ['of two parts', token().split('.').slice(0, 2).join('.'), 'invalid'],
    ['of four parts', `${token()}.AAAA`, 'invalid'],
    ['padded', `${token()}=`, 'invalid'],
    ['with white space', `${token()} `, 'invalid'],
    ['of another secret', token({ secret: 'guessed' }), 'other_secret'],
    ['without a signature', token({ header: { alg: 'none' }, sign: () => '' }), 'other_algorithm'],
    ['with HS512', token({ header: { alg: 'HS512' }, sign: hs512 }), 'other_algorithm'],
    ['with a critical header', token({ header: { crit: ['b64'], b64: false } }), 'invalid'],
    ['without an end', token({ claims: { exp: undefined } }), 'invalid'],
    ['with a text as its end', token({ claims: { exp: `${atNoon + 30}` } }), 'invalid'],
    ['not valid yet', token({ claims: { nbf: atNoon + 60 } }), 'invalid'],
    ['of nobody', token({ claims: { sub: undefined } }), 'invalid'],
    ['of no id', token({}, 'a b'), 'invalid'],
    ['without a digest', token({ claims: { signature: undefined } }), 'invalid'],
    ['with a number as its id', token({ claims: { jti: 1 } }), 'invalid'],
    ['of another body', token({ body: '{}' }), 'other_body'],
    ['with a short digest', token({ claims: { signature: 'ab' } }), 'other_body'],
    ['with an empty digest', token({ claims: { signature: '' } }), 'other_body'],
  ])('that is %s is refused', async (_what, text, code) => {
    expect(await distrust(text)).toBe(code)
  })

  test.each<[string, string, object]>([
    ['for another address', body, { url: `${url}0` }],
    ['for another method', body, { method: 'PUT' }],
    ['for an address that it does not say', '{"target":{"httpMethod":"POST"}}', {}],
    ['for a method that it does not say', JSON.stringify({ target: { urlTemplate: url } }), {}],
    ['without a target', '{}', {}],
    ['that is no JSON', 'x', {}],
  ])('with a body %s is refused', async (_what, sent, change) => {
    expect(await distrust(token({ body: sent }), { body: Buffer.from(sent), ...change })).toBe('other_target')
  })

  test('with a body that spells the method differently is accepted', async () => {
    const sent = actionBody(url, { httpMethod: 'post' })
    expect(await check(token({ body: sent }), { body: Buffer.from(sent) })).toMatchObject({ accountId: '17' })
  })
})

const goals = [
  { kind: 'ballot', optionId: 'pizza' },
  { kind: 'off-ballot', optionId: 'pizza' },
  { kind: 'no-ballot' },
  { kind: 'closed' },
  { kind: 'open' },
] as const

describe('a claim', () => {
  const secrets = ['a'.repeat(32), 'b'.repeat(32)] as const
  const actionRequest: ActionRequest = {
    pollId: 'lunch',
    goal: { kind: 'ballot', optionId: 'pizza' },
    offeredAtRevision: 3,
  }
  const claim = { accountId: '17', actionRequest, tokenHash: 'hash' }
  const later = (ms: number) => new Date(noon.getTime() + ms)

  test.each(goals)('of %j is read, also with the previous secret', async (goal) => {
    const own = { ...claim, actionRequest: { ...actionRequest, goal } }
    expect(await readClaim([secrets[0]], await signClaim(secrets, own, noon), noon)).toEqual(own)
    expect(await readClaim([secrets[1], secrets[0]], await signClaim(secrets, own, noon), noon)).toEqual(own)
  })

  test('is valid for 15 minutes', async () => {
    const text = await signClaim(secrets, claim, noon)
    expect(await readClaim(secrets, text, later(899_000))).toEqual(claim)
    expect(await readClaim(secrets, text, later(900_000))).toBeUndefined()
  })

  test('of another secret, or malformed, is refused', async () => {
    const text = await signClaim(secrets, claim, noon)
    expect(await readClaim([secrets[1]], text, noon)).toBeUndefined()
    for (const other of ['', 'x', `${text}x`, token()]) expect(await readClaim(secrets, other, noon)).toBeUndefined()
  })

  test('needs its purpose, an expiry, and all fields', async () => {
    const key = await signClaim(secrets, claim, noon)
    const [header = '', payload = ''] = key.split('.')
    const said = JSON.parse(Buffer.from(payload, 'base64url').toString())
    expect(said).toEqual({
      actionRequest,
      aud: 'flowdock link',
      sub: '17',
      jti: 'hash',
      iat: atNoon,
      exp: atNoon + 900,
    })
    const { deriveKeys } = await import('../../../src/config.ts')
    const [own] = deriveKeys(secrets, 'flowdock claims')
    const signed = (change: object) => {
      const text = `${header}.${Buffer.from(JSON.stringify({ ...said, ...change })).toString('base64url')}`
      return `${text}.${createHmac('sha256', own).update(text).digest('base64url')}`
    }
    expect(await readClaim(secrets, signed({}), noon)).toEqual(claim)
    for (const change of [
      { aud: 'other' },
      { exp: undefined },
      { jti: undefined },
      { sub: 'a b' },
      { actionRequest: {} },
    ])
      expect(await readClaim(secrets, signed(change), noon)).toBeUndefined()
  })
})

test.each([
  ['/flowdock/actions/polls/lunch/ballot/pizza?revision=3', { type: 'chooseOption', isChosen: true }],
  ['/flowdock/actions/polls/lunch/off-ballot/pizza?revision=3', { type: 'chooseOption', isChosen: false }],
  ['/flowdock/actions/polls/lunch/no-ballot?revision=3', { type: 'withdrawVote' }],
  ['/flowdock/actions/polls/lunch/closed?revision=3', { type: 'close' }],
  ['/flowdock/actions/polls/lunch/open?revision=3', { type: 'reopen' }],
])('the action at %s is the command %j', (path, command) => {
  const [goal] = goals.filter(({ kind }) => path.includes(`/${kind}`) && !path.includes(`-${kind}`))
  const actionRequest: ActionRequest = { pollId: 'lunch', goal: goal ?? { kind: 'open' }, offeredAtRevision: 3 }
  expect(actionPath(actionRequest)).toBe(path)
  const choice = command.type === 'chooseOption' && { optionId: 'pizza', isSignedIn: true }
  expect(commandOf(actionRequest, bob)).toEqual({ by: bob, ...command, ...choice, ...(choice && { shownRevision: 3 }) })
  expect(commandOf({ ...actionRequest, offeredAtRevision: 0 }, bob)).toEqual({ by: bob, ...command, ...choice })
})

function hs512(signed: string, secret: string): string {
  return createHmac('sha512', secret).update(signed).digest('base64url')
}
