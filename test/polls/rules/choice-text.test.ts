import fc from 'fast-check'
import { expect, test } from 'vitest'
import { BallotEncryption } from '../../../src/polls/anonymous/encryption.ts'
import { ballot } from '../../../src/polls/inputs/inputs.ts'
import {
  formatChoice,
  formatChoices,
  parseChoice,
  parseChoices,
  parseGraded,
} from '../../../src/polls/model/choices/choice-text.ts'
import { availabilities } from '../../../src/polls/model/choices/choices.ts'
import { type FactsAsText, formatFacts, parseFacts } from '../../../src/polls/model/choices/event-text.ts'
import { newOptionId } from '../../../src/polls/model/ids.ts'
import type { Choice, Grade, Poll } from '../../../src/polls/model/poll.ts'
import type { PollMethod } from '../../../src/polls/model/poll-rules.ts'
import { finalVoteKey } from '../../../src/polls/rules/vote-confirmation.ts'
import { OneBatch } from '../../support/one-batch.ts'

const grades: readonly Grade[] = [0, 1, 2, 3, 4, 5, ...availabilities]
const ids = Array.from({ length: 20 }, newOptionId)
const choice: fc.Arbitrary<Choice> = fc
  .record({ optionId: fc.constantFrom(...ids), grade: fc.constantFrom(undefined, ...grades) })
  .map(({ optionId, grade }) => (grade === undefined ? { optionId } : { optionId, grade }))

test.each<[string, Choice]>([
  ['h7k2m9x4q3vd', { optionId: 'h7k2m9x4q3vd' }],
  ['h7k2m9x4q3vd=0', { optionId: 'h7k2m9x4q3vd', grade: 0 }],
  ['h7k2m9x4q3vd=5', { optionId: 'h7k2m9x4q3vd', grade: 5 }],
  ['h7k2m9x4q3vd=yes', { optionId: 'h7k2m9x4q3vd', grade: 'yes' }],
  ['h7k2m9x4q3vd=if_need_be', { optionId: 'h7k2m9x4q3vd', grade: 'if_need_be' }],
  ['h7k2m9x4q3vd=no', { optionId: 'h7k2m9x4q3vd', grade: 'no' }],
])('the text %s is a choice', (text, parsed) => {
  expect(parseChoice(text)).toEqual(parsed)
  expect(formatChoice(parsed)).toBe(text)
})

test.each(['', '=', '=4', 'a=', 'a=6', 'a=-1', 'a=05', 'a=1.5', 'a= 1', 'a=1=2', 'a=YES', 'a=maybe', 'a=no_answer'])(
  'other text is an option that no poll has: %j',
  (text) => {
    expect(parseChoice(text)).toEqual({ optionId: text })
  },
)

test('choices stay the same as text', () => {
  fc.assert(
    fc.property(fc.array(choice, { maxLength: 50 }), (choices) => {
      expect(parseChoices(formatChoices(choices))).toEqual(choices)
      expect(ballot.parse({ choices: formatChoices(choices) }).choices).toEqual(formatChoices(choices))
    }),
  )
})

test('every text that is accepted stays the same as a choice', () => {
  const graded = fc.tuple(fc.string({ maxLength: 20 }), fc.constantFrom('=', '==', ''), fc.constantFrom(...grades, 9))
  const text = fc.oneof(
    fc.string({ maxLength: 50, unit: 'binary' }),
    graded.map((parts) => parts.join('')),
  )
  fc.assert(
    fc.property(fc.array(text, { maxLength: 50 }), (texts) => {
      const { choices } = ballot.parse({ choices: texts })
      expect(formatChoices(parseChoices(choices))).toEqual(texts)
    }),
    { numRuns: 1_000 },
  )
})

test('a form’s field for an option is read like the text of its choice', () => {
  fc.assert(
    fc.property(fc.constantFrom(...ids), fc.oneof(fc.constantFrom(...grades.map(String)), fc.string()), (id, value) => {
      expect(parseGraded(id, value)).toEqual(parseChoice(`${id}=${value}`))
    }),
  )
})

const bob = { id: 'bob', name: 'Bob' }
const others = [{ personId: 'cem', choices: ['a=4', 'b=0'] }]

/** As the database and the API have them. */
const logged: FactsAsText[] = [
  { type: 'voted', choices: ['b', 'a'] },
  { type: 'vote_counted', choices: ['a=if_need_be'] },
  { type: 'vote_changed', from: ['a=4'], to: ['a=5', 'b=0'] },
  { type: 'vote_withdrawn', from: ['a=no'] },
  { type: 'vote_set_aside', voter: bob, choices: ['a=1'], reason: 'Twice' },
  { type: 'vote_restored', voter: bob, choices: ['a=1'] },
  { type: 'guest_merged', guest: bob, guestChoices: ['a=2'], setAside: true, from: ['b=3'], to: [] },
  { type: 'option_removed', option: { id: 'a', title: 'A' }, changed: others, changedAside: others },
  { type: 'option_removed', option: { id: 'a', title: 'A' } },
  { type: 'edited', title: { from: 'A', to: 'B' }, uncounted: others, recounted: others },
  { type: 'voter_list_changed', voters: { from: 2, to: 1 }, uncounted: others },
  { type: 'option_renamed', optionId: 'a', from: 'A=1', to: 'B=2' },
]

test.each(logged)('the log and the API have choices as text: %j', (facts) => {
  expect(JSON.stringify(formatFacts(parseFacts(facts)))).toBe(JSON.stringify(facts))
})

test('the rules have choices as objects', () => {
  expect(logged.map(parseFacts)).toMatchObject([
    { choices: [{ optionId: 'b' }, { optionId: 'a' }] },
    { choices: [{ optionId: 'a', grade: 'if_need_be' }] },
    { from: [{ optionId: 'a', grade: 4 }], to: [{ grade: 5 }, { grade: 0 }] },
    { from: [{ grade: 'no' }] },
    { choices: [{ grade: 1 }] },
    { choices: [{ grade: 1 }] },
    { guestChoices: [{ grade: 2 }], from: [{ grade: 3 }], to: [] },
    { changed: [{ choices: [{ grade: 4 }, { grade: 0 }] }], changedAside: [{ choices: [{ grade: 4 }, { grade: 0 }] }] },
    {},
    { uncounted: [{ choices: [{ grade: 4 }, { grade: 0 }] }], recounted: [{ choices: [{ grade: 4 }, { grade: 0 }] }] },
    { uncounted: [{ choices: [{ grade: 4 }, { grade: 0 }] }] },
    { from: 'A=1', to: 'B=2' },
  ])
})

test('what a voter confirms names the choices as text', () => {
  const { poll } = new OneBatch({ method: 'score', votesFinal: true })
  expect(finalVoteKey(poll, parseChoices(['pizza=4', 'sushi=0']))).toBe('1.pizza=4.sushi=0')
})

/** Encrypted before choices were objects. */
test.each<[PollMethod, string, string[]]>([
  [
    'ranked',
    'ii5nbuf2++rY45FOUL8tQB1bY0ufYI9H3WR723e5IYKpIHBGYoyh07FItrhEcIIt+EsQHxmvK+p7iOgcxUdsKxFOrYvGjnutCDnUokb8Df9s',
    ['k3v9m2x7q4w8', 'h7k2m9x4q3vd'],
  ],
  [
    'score',
    '2A8sYGkj15eB4W3qd9qfDL8pVCxnxVXh3M5zciU+92pIs+am1tSWQ7jut6lxilxkmQ7EB53FsEsH3rNQ8Lvsqlsp+O8diaJi9vjenTMjlrKW',
    ['h7k2m9x4q3vd=4', 'k3v9m2x7q4w8=0'],
  ],
  [
    'dates',
    'asAq9oX7ltTUibo4DuywbjZWand685Vzw8w6+qAzfdR5/VLDMpbi48dzYl/nolbR5pJogkMnHX7/NxFTFxS3c5Km19dgFfYiVvBX5uNVNAhL',
    ['h7k2m9x4q3vd=if_need_be', 'k3v9m2x7q4w8=no'],
  ],
])('an anonymous ballot of an older version opens: %s', (method, sealed, texts) => {
  const encryption = new BallotEncryption([Buffer.alloc(32, 7)])
  const options = texts.map((text) => ({ id: parseChoice(text).optionId }))
  const poll = { id: 'w8t4m2k9x7qd3vhp', method, options } as Pick<Poll, 'id' | 'method' | 'options'>
  const opened = { hash: 'f00d', choices: parseChoices(texts) }
  expect(encryption.decrypt(poll.id, Buffer.from(sealed, 'base64'))).toEqual(opened)
  expect(encryption.encrypt(poll, opened)).toHaveLength(Buffer.from(sealed, 'base64').length)
})
