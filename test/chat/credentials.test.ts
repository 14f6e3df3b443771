import { expect, test } from 'vitest'
import { Credentials } from '../../src/chat/connections/credentials.ts'
import { deriveKeys } from '../../src/config.ts'

const credentials = new Credentials(deriveKeys(['a secret of Polldock'], 'chat credentials'))

test('what was sealed can be opened, also by another process with the same secret', async () => {
  const sealed = await credentials.seal('flow token ☕')
  expect(sealed).not.toContain('token')
  expect(await credentials.open(sealed)).toBe('flow token ☕')
  expect(await new Credentials(deriveKeys(['a secret of Polldock'], 'chat credentials')).open(sealed)).toBe(
    'flow token ☕',
  )
})

test('the same text is sealed differently each time', async () => {
  expect(await credentials.seal('x')).not.toBe(await credentials.seal('x'))
})

test('without the secret it cannot be opened', async () => {
  expect(
    await new Credentials(deriveKeys(['another secret'], 'chat credentials')).open(await credentials.seal('x')),
  ).toBeUndefined()
})

test('what was tampered with cannot be opened', async () => {
  const parts = (await credentials.seal('x')).split('.')
  for (const broken of ['', 'x', '....', [...parts.slice(0, 3), 'AAAA', parts[4]].join('.')])
    expect(await credentials.open(broken)).toBeUndefined()
})
