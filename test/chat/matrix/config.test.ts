import { describe, expect, test } from 'vitest'
import { readMatrixConfig } from '../../../src/chat/matrix/config.ts'

const given = {
  MATRIX_HOMESERVER_URL: 'https://matrix.example.org',
  MATRIX_SERVER_NAME: 'example.org',
  MATRIX_AS_TOKEN: 'for the homeserver'.replaceAll(' ', '-'),
  MATRIX_HS_TOKEN: 'for polldock'.replaceAll(' ', '-'),
}

const withVariables = (more: Record<string, string>) => () => readMatrixConfig({ ...given, ...more })

test('without a homeserver there is no Matrix', () => {
  expect(readMatrixConfig({})).toBeUndefined()
})

test('four variables are enough', () => {
  expect(readMatrixConfig(given)).toEqual({
    homeserverUrl: new URL('https://matrix.example.org'),
    serverName: 'example.org',
    registrationId: 'polldock',
    asToken: 'for-the-homeserver',
    hsToken: 'for-polldock',
    bot: '@polldock:example.org',
    ghostPrefix: 'polldock_',
  })
})

test('ghosts are named after the bot, or as the operator says', () => {
  expect(withVariables({ MATRIX_BOT: 'polls' })()?.ghostPrefix).toBe('polls_')
  expect(withVariables({ MATRIX_BOT: 'polls', MATRIX_GHOST_PREFIX: '_p_' })()).toMatchObject({
    bot: '@polls:example.org',
    ghostPrefix: '_p_',
  })
})

describe('an error names the variable and what it must be', () => {
  test.each([
    ['MATRIX_HOMESERVER_URL', 'https://matrix.example.org/_matrix', 'must be a URL without a path'],
    ['MATRIX_HOMESERVER_URL', 'matrix.example.org', 'must be a URL without a path'],
    ['MATRIX_SERVER_NAME', 'https://example.org', 'must be a server name such as example.org'],
    ['MATRIX_BOT', 'Polldock', 'must hold only a-z'],
    ['MATRIX_GHOST_PREFIX', 'ä', 'must hold only a-z'],
    ['MATRIX_REGISTRATION_ID', 'a/b', 'must hold only letters'],
  ])('%s: %s', (key, value, problem) => {
    expect(withVariables({ [key]: value })).toThrow(`${key} is “${value}” but ${problem}`)
  })

  test('which is missing', () => {
    const all = () => readMatrixConfig({ MATRIX_HOMESERVER_URL: given.MATRIX_HOMESERVER_URL })
    for (const key of ['MATRIX_SERVER_NAME', 'MATRIX_AS_TOKEN', 'MATRIX_HS_TOKEN']) {
      expect(all).toThrow(`${key} is missing: see npm run matrix:registration`)
    }
  })

  test('without repeating a token', () => {
    expect(withVariables({ MATRIX_HS_TOKEN: given.MATRIX_AS_TOKEN })).toThrow(
      'MATRIX_HS_TOKEN must differ from MATRIX_AS_TOKEN',
    )
    expect(withVariables({ MATRIX_AS_TOKEN: 'two words' })).not.toThrow('two words')
  })
})
