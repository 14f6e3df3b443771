import { describe, expect, test } from 'vitest'
import { outcome, problemWithChoices } from '../../../src/polls/methods/single-choice.ts'

const counted = (...votes: number[]) =>
  votes.map((count, index) => ({ id: `option-${index}`, title: '', votes: count, addedById: 'ann' }))

describe('the outcome', () => {
  test('is the option with most votes', () => {
    expect(outcome(counted(1, 3, 2))).toEqual({ kind: 'winner', options: ['option-1'], votes: 3 })
  })

  test('is a tie of all that have most votes', () => {
    expect(outcome(counted(2, 1, 2, 2))).toEqual({
      kind: 'tie',
      options: ['option-0', 'option-2', 'option-3'],
      votes: 2,
    })
  })

  test('is that nobody voted', () => {
    expect(outcome(counted(0, 0))).toEqual({ kind: 'no_votes', options: [], votes: 0 })
  })
})

test('exactly one choice makes a ballot', () => {
  expect(problemWithChoices(['a'])).toBeNull()
  expect(problemWithChoices([])).toBe('Choose exactly one option.')
  expect(problemWithChoices(['a', 'b'])).toBe('Choose exactly one option.')
})
