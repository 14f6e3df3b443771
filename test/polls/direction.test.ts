import { expect, test } from 'vitest'
import { isolated, withoutDirectionControls } from '../../src/polls/model/direction.ts'

test.each([
  ['Ann', 'Ann'],
  ['\u202eAnn', 'Ann'],
  ['A\u2067n\u2069\u2069n\u202c', 'Ann'],
  ['מאיה', '\u2068מאיה\u2069'],
  ['آن 3', '\u2068آن 3\u2069'],
  ['\u2069מאיה\u2067', '\u2068מאיה\u2069'],
  ['Ann\u200f', '\u2068Ann\u200f\u2069'],
])('%j becomes %j in a sentence', (text, expected) => {
  expect(isolated(text)).toBe(expected)
})

test('data gets no extra characters', () => {
  expect(withoutDirectionControls('\u202eמאיה\u2066')).toBe('מאיה')
})
