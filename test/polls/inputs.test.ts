import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ballot, newComment, newOption, pollEdit } from '../../src/polls/inputs/inputs.ts'
import { newPoll } from '../../src/polls/inputs/new-poll.ts'

const poll = { title: 'Where to eat lunch?', options: ['Pizza', 'Sushi'] }

/** The errors of this input, as `path: message`. */
function problems(schema: typeof newPoll | typeof pollEdit | typeof newComment | typeof ballot, input: unknown) {
  const { error } = schema.safeParse(input)
  return error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`) ?? []
}

const cleanTitle = (title: string) => newPoll.parse({ ...poll, title }).title
const cleanComment = (body: string) => newComment.parse({ body }).body

describe('a title', () => {
  test.each([3, 200])('may have %i characters', (length) => {
    expect(cleanTitle('x'.repeat(length))).toHaveLength(length)
  })

  test.each([
    [2, 'title: The question is too short: it has 2 of at least 3 characters.'],
    [201, 'title: The question is too long: it has 201 characters of at most 200.'],
  ])('of %i characters is refused', (length, message) => {
    expect(problems(newPoll, { ...poll, title: 'x'.repeat(length) })).toEqual([message])
  })

  test('is measured in code points', () => {
    expect([...cleanTitle('🦊'.repeat(200))]).toHaveLength(200)
    expect(problems(newPoll, { ...poll, title: '🦊'.repeat(201) })).toHaveLength(1)
    expect(problems(newPoll, { ...poll, title: '🦊🦊' })).toHaveLength(1)
  })

  test('is measured without surrounding white space', () => {
    expect(problems(newPoll, { ...poll, title: '  ab   ' })).toHaveLength(1)
  })

  test('is one line', () => {
    expect(cleanTitle(' \tWhere\r\n to   eat?\u2028 ')).toBe('Where to eat?')
  })

  test('loses NUL and other control characters', () => {
    expect(cleanTitle('Where\0to\x1beat\x7f\x85lunch')).toBe('Where to eat lunch')
  })

  test('has lone surrogates replaced', () => {
    expect(cleanTitle('Half \ud83e fox')).toBe('Half \ufffd fox')
  })

  test.each(['مرحبا بالعالم', 'שלום 👩‍👩‍👧‍👦 123', '𝓕𝓪𝓷𝓬𝔂 ‮text', '<script>alert(1)</script>', 'x̧̢̛̛̛̞̞̟'])(
    'stays unchanged: %s',
    (title) => {
      expect(cleanTitle(title)).toBe(title)
    },
  )

  test.each([
    ['spaces', '     '],
    ['controls', '\0\0\0\0'],
    ['zero-width spaces', '\u200b\u200b\u200b'],
    ['direction marks', '\u200e\u200f\u202e\u2066'],
    ['Hangul fillers', '\u3164\u3164\u115f\u1160\uffa0'],
    ['blank Braille patterns', '\u2800\u2800\u2800'],
    ['combining marks alone', '\u0301\u0301\u0301'],
    ['variation selectors', '\ufe0f\ufe0f\ufe0f\u{e0100}'],
  ])('of only %s is missing', (_what, title) => {
    expect(problems(newPoll, { ...poll, title })).toEqual([
      'title: The question is missing: give it 3 to 200 characters.',
    ])
  })

  test.each([undefined, null, 7, ['a'], {}])('%j is refused', (title) => {
    expect(problems(newPoll, { ...poll, title })).toEqual([
      'title: The question must be a text of 3 to 200 characters.',
    ])
  })
})

describe('a description', () => {
  test('may be left out or empty', () => {
    expect(newPoll.parse(poll).description).toBe('')
    expect(newPoll.parse({ ...poll, description: '' }).description).toBe('')
  })

  test('may have 5000 characters', () => {
    expect(problems(newPoll, { ...poll, description: '🦊'.repeat(5_000) })).toEqual([])
    expect(problems(newPoll, { ...poll, description: 'x'.repeat(5_001) })).toHaveLength(1)
  })

  test('keeps its lines and loses control characters', () => {
    const description = 'One\r\n\r\n\ttwo\rthree\0\x08\n  '
    expect(newPoll.parse({ ...poll, description }).description).toBe('One\n\n\ttwo\nthree')
  })
})

describe('a category', () => {
  test('may be left out or empty, and is missing without visible characters', () => {
    expect(newPoll.parse(poll).category).toBe('')
    for (const category of ['', '  ', '\0', '\u200b\u3164']) {
      expect(newPoll.parse({ ...poll, category }).category).toBe('')
    }
  })

  test('may have 40 characters, in one line', () => {
    expect(newPoll.parse({ ...poll, category: ' Food\n & drink ' }).category).toBe('Food & drink')
    expect(problems(newPoll, { ...poll, category: '🦊'.repeat(40) })).toEqual([])
    expect(problems(newPoll, { ...poll, category: 'x'.repeat(41) })).toEqual([
      'category: The category is too long: it has 41 characters of at most 40.',
    ])
  })
})

describe('a comment', () => {
  test('may have 1 to 5000 characters', () => {
    expect(cleanComment('x')).toBe('x')
    expect(cleanComment('🦊'.repeat(5_000))).toHaveLength(10_000)
    expect(problems(newComment, { body: 'x'.repeat(5_001) })).toHaveLength(1)
  })

  test.each(['', ' \n\t ', '\u200b', '\u3164'])('%j is missing', (body) => {
    expect(problems(newComment, { body })).toEqual(['body: The comment is missing: give it 1 to 5000 characters.'])
  })

  test('may be an emoji alone', () => {
    expect(cleanComment('👍🏽')).toBe('👍🏽')
  })
})

describe('options', () => {
  const options = (count: number) => Array.from({ length: count }, (_, index) => `Option ${index}`)

  test.each([2, 50])('may be %i', (count) => {
    expect(newPoll.parse({ ...poll, options: options(count) }).options).toHaveLength(count)
  })

  test.each([
    [0, 'options: A poll needs at least 2 options.'],
    [1, 'options: A poll needs at least 2 options.'],
    [51, 'options: A poll holds at most 50 options.'],
  ])('may not be %i', (count, message) => {
    expect(problems(newPoll, { ...poll, options: options(count) })).toEqual([message])
  })

  test('have 1 to 200 characters each', () => {
    expect(problems(newPoll, { ...poll, options: ['a', 'b'.repeat(200)] })).toEqual([])
    expect(problems(newPoll, { ...poll, options: ['Pizza', '', 'c'.repeat(201)] })).toEqual([
      'options.1: An option is missing: give it 1 to 200 characters.',
      'options.2: An option is too long: it has 201 characters of at most 200.',
    ])
  })

  test('that are alike are named, each with the first of them', () => {
    expect(problems(newPoll, { ...poll, options: ['Pizza', 'Tea', ' PIZZA ', 'tea', 'pizza'] })).toEqual([
      'options.2: This is the same as option 1.',
      'options.3: This is the same as option 2.',
      'options.4: This is the same as option 1.',
    ])
  })
})

test('an unknown field of a poll is refused', () => {
  expect(problems(newPoll, { ...poll, votes: 7 })).toEqual([': Unrecognized key: "votes"'])
})

test('an edit may contain any of its fields, or none', () => {
  expect(pollEdit.parse({})).toEqual({})
  expect(pollEdit.parse({ title: ' Dinner ' })).toEqual({ title: 'Dinner' })
  expect(pollEdit.parse({ optionsOpen: false })).toEqual({ optionsOpen: false })
})

test('a new option has a title', () => {
  expect(newOption.parse({ title: ' Soup ' })).toEqual({ title: 'Soup' })
  expect(newOption.safeParse({ title: ' ' }).success).toBe(false)
})

describe('a ballot', () => {
  test('is a list of option ids', () => {
    expect(ballot.parse({ choices: ['pizza'] })).toEqual({ choices: ['pizza'] })
  })

  test.each(['pizza', null, [1], ['x'.repeat(51)], Array(51).fill('x')])('%j is refused', (choices) => {
    expect(problems(ballot, { choices })).not.toEqual([])
  })
})

test('accepted input can be stored, and is accepted again unchanged', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', minLength: 1, maxLength: 60 }), (text) => {
      const { data } = newComment.safeParse({ body: text })
      if (!data) return
      expect(data.body.isWellFormed()).toBe(true)
      expect(data.body).not.toMatch(/(?![\n\t])\p{Cc}/u)
      expect(cleanComment(data.body)).toBe(data.body)
    }),
  )
})
