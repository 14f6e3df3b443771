import { expect, test } from 'vitest'
import { Budget } from '../../../src/polls/methods/budget.ts'

const taken = (budget: Budget, ...ballots: number[]) => ballots.map((count) => budget.take(count))

test('a search may follow as many sets as it was given', () => {
  expect(taken(new Budget({ sets: 2, ballots: 9 }), 0, 0, 0, 0)).toEqual([true, true, false, false])
})

test('and read as many ballots, and no more once it wanted too many', () => {
  expect(taken(new Budget({ sets: 9, ballots: 5 }), 3, 2, 0, 1, 0)).toEqual([true, true, true, false, false])
})
