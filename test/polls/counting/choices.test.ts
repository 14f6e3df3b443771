import { describe, expect, test } from 'vitest'
import { multipleChoice } from '../../../src/polls/counting/multiple-choice.ts'
import { score } from '../../../src/polls/counting/score.ts'
import { singleChoice } from '../../../src/polls/counting/single-choice.ts'
import { picks } from '../../support/picks.ts'

const counted = (...votes: number[]) => ({
  options: votes.map((count, index) => ({
    id: `option-${index}`,
    title: '',
    formerTitle: null,
    renamedAtRevision: null,
    votes: count,
    maybes: 0,
    addedById: 'ann',
  })),
  totalVotes: votes.reduce((sum, count) => sum + count),
  outcome: null,
})

describe.each([
  ['a single choice', singleChoice],
  ['a multiple choice', multipleChoice],
  ['points', score],
])('the outcome of %s', (_name, { outcome }) => {
  test('is the option with most votes', () => {
    expect(outcome(counted(1, 3, 2))).toEqual({ kind: 'winner', options: ['option-1'], votes: 3 })
  })

  test('is a tie of all options that have most votes', () => {
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

test('points of 0 for every option make a ballot, and no winner', () => {
  expect(score.outcome({ ...counted(0, 0), totalVotes: 1 })).toEqual({ kind: 'no_support', options: [], votes: 0 })
})

test.each([
  [['a=0', 'b=5'], null],
  [[], 'Give at least one option 0 to 5 points, or withdraw your vote.'],
  [['a=1', 'a=1'], 'Give each option points only once.'],
  [['a=1', 'a=2'], 'Give each option points only once.'],
  ...['a', 'a=', 'a=6', 'a=-1', 'a=1.5', 'a=05', 'a=x', 'a= 1', 'a=1=', 'a=1=2', '=', 'a=٣'].map(
    (choice): [string[], string] => [['b=1', choice], 'Give each option a whole number of points from 0 to 5.'],
  ),
])('validation of the points %j says: %s', (choices, problem) => {
  expect(score.problemWithChoices(picks(...choices), { maxChoices: null })).toBe(problem)
})

test.each([
  [['a'], null],
  [[], 'Choose an option.'],
  [['a', 'b'], 'Choose only one option.'],
])('validation of the single choice %j says: %s', (choices, problem) => {
  expect(singleChoice.problemWithChoices(picks(...choices), { maxChoices: null })).toBe(problem)
})

test.each([
  [['a'], null, null],
  [['a', 'b', 'c'], null, null],
  [['a', 'b'], 2, null],
  [[], null, 'Choose at least one option, or withdraw your vote.'],
  [['a', 'b', 'a'], null, 'Choose each option only once.'],
  [['a', 'b', 'c'], 2, 'Choose at most 2 options: withdraw one before you choose another.'],
])('validation of the multiple choice %j with the maximum %s says: %s', (choices, maxChoices, problem) => {
  expect(multipleChoice.problemWithChoices(picks(...choices), { maxChoices })).toBe(problem)
})
