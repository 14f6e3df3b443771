import { expect, test } from 'vitest'
import { loggedError } from '../src/server/logged-error.ts'

test.each([
  ['Called https://me:pw@host/path?key=1 in vain', 'Called https://…@host/path?… in vain'],
  ['Wrote to eve@example.org', 'Wrote to …@…'],
  ['Token eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc-_1 expired', 'Token … expired'],
  [`Key ${'a1'.repeat(16)} is unknown`, 'Key … is unknown'],
  ['could not extend file "base/5/16384": No space left on device', undefined],
  ['relation "idempotency_keys_person_id_fkey_of_long_ago" does not exist', undefined],
  ['connect ECONNREFUSED 127.0.0.1:5432', undefined],
])('the logged part of “%s” contains no secret', (message, logged = message) => {
  expect(loggedError(new Error(message)).message).toBe(logged)
})

test('text that cannot be parsed is not quoted', async () => {
  const error = await new Response('Ann is here').json().then(undefined, (reason: Error) => reason)
  expect(error.message).toContain('Ann')
  expect(JSON.stringify(loggedError(error))).not.toContain('Ann')
})

test('a message that looks like a stack is not a stack', () => {
  const { stack } = loggedError(new Error('One\n    at Ann (secret.ts)'))
  expect(stack).not.toContain('Ann')
  expect(stack).toMatch(/^at .*logged-error\.test\.ts/)
})

test('causes are followed up to a limit', () => {
  const error = new Error('outer', { cause: new Error('inner') })
  expect(loggedError(error).cause).toMatchObject({ type: 'Error', message: 'inner' })
  error.cause = error
  expect(JSON.stringify(loggedError(error)).match(/outer/g)).toHaveLength(4)
})

test('a thrown value that is not an error is not repeated', () => {
  expect(loggedError({ password: 'hunter2' })).toEqual({
    type: 'object',
    message: 'Something else than an error.',
    stack: '',
  })
})
