import { expect, test } from 'vitest'
import { answered, inOneLine } from '../../../src/chat/http/answers.ts'

test('what a server says is one line of text that the database accepts', () => {
  expect(inOneLine(' No\0\n way \ud800')).toBe('No way \ufffd')
  expect(inOneLine('😀'.repeat(3), 4)).toBe('😀\ufffd…')
})

test('an answer that nothing has changed is no redirect', () => {
  expect([answered('It', 304), answered('It', 308)]).toEqual([
    'It answered 304.',
    'It answered 308: a redirect, which is not followed.',
  ])
})
