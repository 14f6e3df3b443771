import { expect, test } from 'vitest'
import { optionKey } from '../../src/polls/option-key.ts'

test.each([
  ['Pizza', ' pizza\t'],
  ['STRASSE', 'straße'],
  ['STRAẞE', 'straße'],
  ['ÀÉÎ', 'àéi\u0302'],
  ['ΣΊΣΥΦΟΣ', 'σίσυφος'],
  ['ﬁsh', 'FISH'],
  ['１２', '12'],
  ['İ', 'i\u0307'],
])('%j and %j are alike', (one, other) => {
  expect(optionKey(one)).toBe(optionKey(other))
})

test.each([
  ['Pizza', 'Pizzas'],
  ['resume', 'résumé'],
  ['🦊', '🐺'],
  ['12', '1 2'],
])('%j and %j are not', (one, other) => {
  expect(optionKey(one)).not.toBe(optionKey(other))
})

/** Every letter, mark and number of Unicode, each between two others. */
const titles = Array.from({ length: 0x110000 }, (_, code) => code)
  .filter((code) => (code < 0xd800 || code > 0xdfff) && /[\p{L}\p{M}\p{N}]/u.test(String.fromCodePoint(code)))
  .map((code) => `a${String.fromCodePoint(code)}b`)

test('case and Unicode form never make a difference', () => {
  const different = titles.filter((title) => {
    const variants = [title.toUpperCase(), title.toLowerCase(), title.normalize('NFD'), optionKey(title)]
    return variants.some((variant) => optionKey(variant) !== optionKey(title))
  })
  expect(different).toEqual([])
})
