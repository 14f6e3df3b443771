import { expect, test } from 'vitest'
import { optionKey } from '../../src/polls/model/keys.ts'

test.each([
  ['Pizza', ' pizza\t'],
  ['STRASSE', 'straße'],
  ['STRAẞE', 'straße'],
  ['ÀÉÎ', 'àéi\u0302'],
  ['ΣΊΣΥΦΟΣ', 'σίσυφος'],
  ['ﬁsh', 'FISH'],
  ['１２', '12'],
  ['İ', 'i\u0307'],
  ['Piz\u200bza', 'Pizza'],
  ['Pizza\u00ad', 'Pizza'],
  ['\u202eazziP\u202c', 'azziP'],
  ['Pizza \u2060 now', 'Pizza now'],
  ['Pizza\u3164', 'Pizza'],
  ['Pizza\u2800', 'Pizza'],
  ['❤\ufe0f', '❤'],
  ['🏳\ufe0f\u200d🌈', '🏳\u200d🌈'],
  ['می\u200cخواهم', 'میخواهم'],
])('%j and %j are alike', (one, other) => {
  expect(optionKey(one)).toBe(optionKey(other))
})

test.each([
  ['Pizza', 'Pizzas'],
  ['resume', 'résumé'],
  ['🦊', '🐺'],
  ['12', '1 2'],
  ['👨\u200d👩\u200d👧', '👨👩👧'],
  [
    '🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}',
    '🏴\u{e0067}\u{e0062}\u{e0073}\u{e0063}\u{e0074}\u{e007f}',
  ],
])('%j and %j are different', (one, other) => {
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
