import { describe, expect, test } from 'vitest'
import { outcomeOf } from '../../../src/chat/matrix/outcome.ts'
import type { Standing } from '../../../src/chat/matrix/rooms.ts'

const outcome = (status: number, errcode = '', standing: Standing = 'joined', retryAfterMs?: number) =>
  outcomeOf({ status, errcode, error: 'What the homeserver says', retryAfterMs }, standing)

test.each(['M_UNKNOWN_TOKEN', 'M_MISSING_TOKEN'])('401 %s: the operator has to compare the tokens', (errcode) => {
  expect(outcome(401, errcode)).toEqual({
    kind: 'unauthorized',
    reason: `The homeserver refuses Polldock's token. The operator has to compare it with the registration. The homeserver answered 401: ${errcode}, What the homeserver says.`,
  })
})

describe('403', () => {
  test('after the bot was removed, the connection is gone', () => {
    expect(outcome(403, 'M_FORBIDDEN', 'left')).toEqual({ kind: 'gone', reason: 'The bot was removed from the room.' })
  })

  test('in a room that the bot is not in, somebody has to invite it', () => {
    expect(outcome(403, 'M_FORBIDDEN', 'unknown')).toEqual({
      kind: 'unauthorized',
      reason: 'The bot is not in the room. Invite it again, then resume.',
    })
  })

  test('in a room that was replaced, the new room has to be connected', () => {
    expect(outcome(403, 'M_FORBIDDEN', 'replaced')).toEqual({
      kind: 'unauthorized',
      reason: 'The room was replaced by a new one. Invite the bot to the new room, and connect it.',
    })
  })

  test('where the bot is muted, it needs power', () => {
    expect(outcome(403, 'M_FORBIDDEN')).toMatchObject({
      kind: 'unauthorized',
      reason: expect.stringContaining('The bot may not post in the room. Give it the power to send messages there'),
    })
  })
})

test.each([
  [413, 'M_TOO_LARGE'],
  [400, 'M_BAD_JSON'],
  [400, 'M_NOT_JSON'],
  [400, 'M_INVALID_PARAM'],
  [400, 'M_UNKNOWN'],
])('%i %s is about the message', (status, errcode) => {
  expect(outcome(status, errcode)).toEqual({
    kind: 'invalid',
    reason: `The homeserver answered ${status}: ${errcode}, What the homeserver says.`,
  })
})

test('429 is for later, when the homeserver says', () => {
  expect(outcome(429, 'M_LIMIT_EXCEEDED', 'joined', 4_296)).toMatchObject({ kind: 'later', afterMs: 4_296 })
  expect(outcome(429)).not.toHaveProperty('afterMs')
})

test.each([
  [500, 'M_UNKNOWN'],
  [502, ''],
  [404, 'M_UNRECOGNIZED'],
  [405, 'M_UNRECOGNIZED'],
  [400, ''],
  [400, 'ORG.MATRIX.MSC_UNKNOWN_DEVICE'],
  [302, ''],
  [200, ''],
])('%i %s is for later: an outage, a wrong address, or a proxy', (status, errcode) => {
  expect(outcome(status, errcode)).toMatchObject({ kind: 'later' })
})
