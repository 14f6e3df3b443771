import { describe, expect, test } from 'vitest'
import { outcomeOf } from '../../../src/chat/flowdock/outcome.ts'
import { retryAfterMs } from '../../../src/chat/http/retry-after.ts'

const now = new Date('2026-03-14T09:26:53.000Z')
const outcome = (status: number, text = '', retryAfter?: string) => outcomeOf({ status, text, retryAfter }, now)

describe('a status means', () => {
  test.each([200, 201, 202, 204])('that the message was sent: %i', (status) => {
    expect(outcome(status)).toEqual({ kind: 'sent' })
  })

  test('that the source is gone: 410', () => {
    expect(outcome(410)).toEqual({ kind: 'gone', reason: 'The source was removed in Flowdock.' })
  })

  test.each([401, 403])('that the token is not authorized: %i', (status) => {
    expect(outcome(status, '{"message":"Unknown token."}')).toEqual({
      kind: 'unauthorized',
      reason: `Flowdock refuses what Polldock posts (${status}: Unknown token). Connect the flow again, or resume to retry.`,
    })
  })

  test.each([400, 402, 406, 409, 411, 413, 414, 415, 422, 431])('that the message is invalid: %i', (status) => {
    expect(outcome(status)).toEqual({ kind: 'invalid', reason: `Flowdock answered ${status}.` })
  })

  test.each([404, 405, 407, 408, 421, 425, 429, 500, 502, 503, 504, 599])('to retry: %i', (status) => {
    expect(outcome(status)).toEqual({ kind: 'later', reason: `Flowdock answered ${status}.` })
  })

  test.each([301, 302, 303, 307, 308])('to retry, as the address may be wrong: %i', (status) => {
    const reason = `Flowdock answered ${status}: a redirect, which is not followed.`
    expect(outcome(status)).toEqual({ kind: 'later', reason })
  })
})

describe('the reason', () => {
  const reasonOf = (text: string) => (outcome(400, text) as { reason: string }).reason

  test('names the field and the error', () => {
    const errors = { title: ["can't be blank"], 'author.name': ['is too long', 'is invalid'] }
    expect(reasonOf(JSON.stringify({ message: 'Validation error', errors }))).toBe(
      "Flowdock answered 400: title can't be blank, author.name is too long and is invalid.",
    )
  })

  test.each([
    ['{"message":"Out of order."}', 'Flowdock answered 400: Out of order.'],
    ['{"message":"Two\\nlines\\u0000"}', 'Flowdock answered 400: Two lines.'],
    ['{"message":"No","errors":{"title":[7]}}', 'Flowdock answered 400: No.'],
    ['{"message":7}', 'Flowdock answered 400.'],
    ['["no"]', 'Flowdock answered 400.'],
    ['null', 'Flowdock answered 400.'],
    ['<h1>Bad request</h1>', 'Flowdock answered 400.'],
    ['{"message":"cut o', 'Flowdock answered 400.'],
  ])('is extracted from %s', (text, reason) => {
    expect(reasonOf(text)).toBe(reason)
  })

  test('is short', () => {
    const reason = reasonOf(JSON.stringify({ message: '🍕'.repeat(10_000) }))
    expect(reason.length).toBeLessThan(350)
    expect(reason.isWellFormed()).toBe(true)
  })
})

describe('Retry-After', () => {
  test.each([
    ['7', 7_000],
    [' 0 ', 0],
    ['86400', 86_400_000],
    ['86401', 86_400_000],
    ['9'.repeat(400), 86_400_000],
    ['Sat, 14 Mar 2026 09:27:00 GMT', 7_000],
    ['Sat, 14 Mar 2026 09:26:00 GMT', 0],
    ['Sat, 14 Mar 2099 09:27:00 GMT', 86_400_000],
    [undefined, undefined],
    ['', undefined],
    ['-7', undefined],
    ['7.5', undefined],
    ['1e3', undefined],
    ['soon', undefined],
    ['2026-03-14', undefined],
    ['Sat, 99 Foo 2026 09:27:00 GMT', undefined],
  ])('of %j is %j ms', (header, ms) => {
    expect(retryAfterMs(header, now)).toBe(ms)
  })

  test('is part of a result to retry', () => {
    expect(outcome(503, '', '7')).toEqual({ kind: 'later', reason: 'Flowdock answered 503.', afterMs: 7_000 })
  })
})
