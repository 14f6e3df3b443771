import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { deriveKeys, keyPurposes } from '../src/config.ts'
import { closedAtEnd } from './support/at-end.ts'
import { openPairedApp } from './support/flowdock.ts'

const paired = await closedAtEnd(openPairedApp())

const files = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'))
const code = files.map((file) => ({ file, text: readFileSync(join('src', file), 'utf8') }))

test('no two purposes have the same key', () => {
  const keys = keyPurposes.map((purpose) => deriveKeys(['a secret'], purpose)[0].toString('hex'))
  expect(new Set(keys).size).toBe(keyPurposes.length)
})

test('each purpose is named in one place, so two kinds of values cannot share a key', () => {
  // Each kind of signed cookie names its purpose where it is made.
  const derived = code.flatMap(({ text }) => [...text.matchAll(/deriveKeys?\([\w.]+, '([^']+)'\)/g)])
  const cookies = code.flatMap(({ text }) => [...text.matchAll(/new SignedCookie\([\w.]+, '([^']+)'/g)])
  const named = [...derived.map(([, purpose]) => purpose), ...cookies.map(([, purpose]) => `${purpose} cookie`)]
  const [ofChats, others] = [named.filter(isOfChat), named.filter((purpose) => !isOfChat(purpose))]
  expect(others.toSorted()).toEqual(keyPurposes.toSorted())
  expect(ofChats).toEqual([...new Set(ofChats)])
})

const isOfChat = (purpose = '') => purpose.endsWith(' claims')

test('the purposes of a chat begin with its name', () => {
  const derived = code.flatMap(({ file, text }) =>
    [...text.matchAll(/deriveKeys?\([\w.]+, '([^']+ claims)'\)/g)].map(([, purpose = '']) => ({ file, purpose })),
  )
  expect(derived.map(({ purpose }) => purpose)).toContain('flowdock claims')
  const others = derived.filter(({ file, purpose }) => !file.startsWith(`chat/${purpose.split(' ')[0]}/`))
  expect(others).toEqual([])
})

test('keys are derived in one place, and from there for each anonymous poll', () => {
  const deriving = code.filter(({ text }) => /hkdfSync|createHmac|scryptSync|pbkdf2/.test(text)).map(({ file }) => file)
  // Webhooks and the sandbox's downloads derive nothing: they are signed with random secrets.
  expect(deriving.toSorted()).toEqual([
    'chat/webhook/signing.ts',
    'config.ts',
    'polls/anonymous/encryption.ts',
    'sandbox/api/files/downloads.ts',
  ])
})

test('sign-in states and credentials cannot be decrypted with each other’s key', async () => {
  const { signInStates, credentials, database } = paired.services
  const key = await signInStates.begin('browser', { purpose: {}, accessToken: 'token' })
  const { accessToken } = await database.prisma.pairing.findFirstOrThrow()
  expect(await credentials.open(accessToken ?? '')).toBeUndefined()
  await database.prisma.pairing.updateMany({ data: { accessToken: await credentials.seal('flow token') } })
  expect(await signInStates.find('browser', key)).toEqual({ purpose: {}, accessToken: undefined })
})
