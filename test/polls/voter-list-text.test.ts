import { expect, test } from 'vitest'
import { isOneOnEachLine, readVoterList } from '../../src/polls/voter-list-text.ts'

test.each([
  ['Ann\nBob', ['Ann', 'Bob']],
  ['Ann\r\n\r\n  Bob Lee \r', ['Ann', 'Bob Lee']],
  ['Ann, Bob and Cem;Dee\tEve', ['Ann', 'Bob and Cem', 'Dee', 'Eve']],
  ['"Lee, Ann", Bob', ['Lee, Ann', 'Bob']],
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
