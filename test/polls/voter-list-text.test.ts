import fc from 'fast-check'
import { expect, test } from 'vitest'
import { roll } from '../../src/polls/inputs/rule-inputs.ts'
import { isOneOnEachLine, readVoterList, writeVoterList } from '../../src/polls/inputs/voter-list-text.ts'

test.each([
  ['Ann\nBob', ['Ann', 'Bob']],
  ['Ann\r\n\r\n  Bob Lee \r', ['Ann', 'Bob Lee']],
  ['Ann, Bob and Cem;Dee\tEve', ['Ann', 'Bob and Cem', 'Dee', 'Eve']],
  ['"Lee, Ann", Bob', ['Lee, Ann', 'Bob']],
  ['"Lee; Ann"; Bob', ['Lee; Ann', 'Bob']],
  ['"Ann ""the, boss"" Lee"', ['Ann "the, boss" Lee']],
  ['"Ann <ann@example.org>"', ['Ann <ann@example.org>']],
  ["O'Brien, Ann (Sales), Dr. Bob", ["O'Brien", 'Ann (Sales)', 'Dr. Bob']],
  ['田中、鈴木，佐藤；آن، بوب', ['田中', '鈴木', '佐藤', 'آن', 'بوب']],
  ['- Ann\n• Bob\n3. Cem\n4) Dee', ['Ann', 'Bob', 'Cem', 'Dee']],
  ['Ann Lee <ann@example.org>', ['Ann Lee <ann@example.org>']],
  [
    'Ann Lee <ann@example.org>, "Lee, Bob" <bob@example.org>; cem@example.org, Dee',
    ['Ann Lee <ann@example.org>', 'Lee, Bob <bob@example.org>', 'cem@example.org', 'Dee'],
  ],
  [
    'Lee, Ann <ann@example.org>; Roe, Bob <bob@example.org>',
    ['Lee, Ann <ann@example.org>', 'Roe, Bob <bob@example.org>'],
  ],
  ['ann@example.org bob@example.org', ['ann@example.org', 'bob@example.org']],
  ['Ann <ann@example.org> Bob <bob@example.org>', ['Ann <ann@example.org>', 'Bob <bob@example.org>']],
  ['<ann@example.org>', ['ann@example.org']],
  ['ann@example.org <ann@example.org>', ['ann@example.org']],
  ['ann@example.org (Ann Lee)', ['Ann Lee <ann@example.org>']],
  ['mailto:ann@example.org,bob@example.org?subject=Vote', ['ann@example.org', 'bob@example.org']],
  ['Team: Ann <ann@example.org>, bob@example.org;', ['Ann <ann@example.org>', 'bob@example.org']],
  ['=?utf-8?q?J=C3=B6rg?= <j@example.org>', ['Jörg <j@example.org>']],
  [' , ;\n\t', []],
  ['', []],
])('%j names %j', (text, expected) => {
  expect(readVoterList(text)).toEqual(expected)
})

test.each(['"unclosed', '<', 'a@', '@', '"a" <b', 'a@b <', ',@,', '(((@', '\\@"'])(
  '%j is read, whatever it means',
  (text) => {
    expect(readVoterList(text).length).toBeLessThan(3)
  },
)

test.each([',', '"', '<', 'a@b.c,', '(@', 'a@b ', ':@;', '@<', '>@ ', ' ', '"@",', '@?', '(@'.repeat(250).concat(',')])(
  'a long text of %j is read in time',
  (piece) => {
    const begun = performance.now()
    const text = piece.repeat(100_000 / piece.length)
    readVoterList(text)
    readVoterList(`${text.slice(0, 99_990)};x`)
    // Reading takes some 40 ms at most. To read on from each of its characters would take far longer than this.
    expect(performance.now() - begun).toBeLessThan(5_000)
  },
)

test('a list with one person on each line needs no checking', () => {
  expect(isOneOnEachLine(' Ann \n\nBob <bob@example.org>', ['Ann', 'Bob <bob@example.org>'])).toBe(true)
  expect(isOneOnEachLine('Ann, Bob', ['Ann', 'Bob'])).toBe(false)
})

test.each([
  ['Ann', 'Ann'],
  ['Ann "the boss" Lee', 'Ann "the boss" Lee'],
  ['Lee, Ann', '"Lee, Ann"'],
  ['- Ann', '"- Ann"'],
  ['1. Ann', '"1. Ann"'],
  ['"Ann"', '"""Ann"""'],
  ['Ann Lee <ann@example.org>', 'Ann Lee <ann@example.org>'],
  ['Lee, Ann <ann@example.org>', '"Lee, Ann" <ann@example.org>'],
  ['Lee; Ann <ann@example.org>', '"Lee; Ann" <ann@example.org>'],
  ['mailto:Ann, Lee <ann@example.org>', '"mailto:Ann, Lee <ann@example.org>"'],
])('the entry %j is written as %s, which names it again', (entry, line) => {
  expect(writeVoterList([entry])).toBe(line)
  expect(readVoterList(line)).toEqual([entry])
})

const pieces = [
  ...['Ann', 'Lee', 'Øyvind', '田中', 'ann@example.org', '<bob@example.org>', 'mailto:', '=?utf-8?q?J?=', '- ', '1. '],
  ...[',', ';', '，', '"', '""', '<', '>', '(', ')', '[', ']', '@', '?', ':', '\\', ' ', '\t', '\u2028', "'", '.'],
]
const anyText = fc.oneof(
  fc.array(fc.constantFrom(...pieces), { minLength: 1, maxLength: 8 }).map((parts) => parts.join('')),
  fc.string({ unit: 'binary', minLength: 1, maxLength: 30 }),
)
/** Any list that can be stored: cleaned and checked like every input. */
const anyList = fc.array(anyText, { maxLength: 12 }).map((texts) => {
  const cleaned = texts.flatMap((text) => roll.safeParse([text]).data ?? [])
  return cleaned.filter((_, index) => roll.safeParse(cleaned.slice(0, index + 1)).success)
})

test('any valid list is written in a form that reads back the same, and needs no checking', () => {
  fc.assert(
    fc.property(anyList, (entries) => {
      const text = writeVoterList(entries)
      expect(readVoterList(text)).toEqual(entries)
      expect(isOneOnEachLine(text, entries)).toBe(true)
    }),
    { numRuns: 1_000 },
  )
})
