import type { FastifyReply, FastifyRequest } from 'fastify'
import { expect, test } from 'vitest'
import { type Config, readConfig, type Secrets } from '../src/config.ts'
import { SignedCookie } from '../src/server/cookies/cookies.ts'
import type { Services } from '../src/services.ts'

const config: Config = readConfig({})
const [before, after] = ['the secret from before, 32 characters', 'the secret from then on, 32 or more']

function cookie(purpose: 'newcomer' | 'news', secrets: Secrets = [before]): SignedCookie {
  return new SignedCookie({ config, secrets } as Services, purpose, 60)
}

/** The value of the cookie that the browser gets. */
function kept(by: SignedCookie, value: string): string {
  let signed = ''
  const setCookie = (_name: string, text: string) => {
    signed = text
  }
  by.set({ setCookie } as unknown as FastifyReply, value)
  return signed
}

function readAs(by: SignedCookie, name: string, value: string): string | undefined {
  return by.read({ cookies: { [name]: value } } as unknown as FastifyRequest)
}

test('a value is read for its purpose, and invalid for another', () => {
  const value = kept(cookie('news'), 'hello')
  expect(readAs(cookie('news'), 'polldock_news', value)).toBe('hello')
  expect(readAs(cookie('newcomer'), 'polldock_newcomer', value)).toBeUndefined()
})

test('a value that the browser changed or invented is invalid', () => {
  const value = kept(cookie('news'), 'hello')
  for (const other of [value.replace('hello', 'hallo'), 'hello', 'hello.', '', '.'])
    expect(readAs(cookie('news'), 'polldock_news', other), other).toBeUndefined()
})

test('during a rotation, values of both secrets are read', () => {
  const [old, new_] = [kept(cookie('news'), 'old'), kept(cookie('news', [after]), 'new')]
  const both = cookie('news', [after, before])
  expect([readAs(both, 'polldock_news', old), readAs(both, 'polldock_news', new_)]).toEqual(['old', 'new'])
  expect(readAs(cookie('news', [after]), 'polldock_news', old)).toBeUndefined()
})
