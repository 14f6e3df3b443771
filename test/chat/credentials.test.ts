import { expect, test } from 'vitest'
import { Credentials } from '../../src/chat/connections/credentials.ts'
import { deriveKeys } from '../../src/config.ts'

const credentials = new Credentials(deriveKeys(['a secret of Polldock'], 'chat credentials'))

test('encrypted credentials can be decrypted, also by another process with the same secret', async () => {
  const sealed = await credentials.seal('flow token ☕')
  expect(sealed).not.toContain('token')
  expect(await credentials.open(sealed)).toBe('flow token ☕')
  expect(await new Credentials(deriveKeys(['a secret of Polldock'], 'chat credentials')).open(sealed)).toBe(
    'flow token ☕',
  )
})

test('the same text is encrypted differently each time', async () => {
  expect(await credentials.seal('x')).not.toBe(await credentials.seal('x'))
})

test('encrypted credentials cannot be decrypted without the secret', async () => {
  expect(
    await new Credentials(deriveKeys(['another secret'], 'chat credentials')).open(await credentials.seal('x')),
  ).toBeUndefined()
})

test('changed ciphertext cannot be decrypted', async () => {
  const parts = (await credentials.seal('x')).split('.')
  for (const broken of ['', 'x', '....', [...parts.slice(0, 3), 'AAAA', parts[4]].join('.')])
    expect(await credentials.open(broken)).toBeUndefined()
})
