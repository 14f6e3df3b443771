import { expect, test } from 'vitest'
import { inOneLine } from '../../../src/chat/http/answers.ts'

test('what a server says is one line of text that the database accepts', () => {
  expect(inOneLine(' No\0\n way \ud800')).toBe('No way \ufffd')
  expect(inOneLine('😀'.repeat(3), 4)).toBe('😀\ufffd…')
})
