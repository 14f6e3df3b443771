import { expect, test } from 'vitest'
import { ballotsOf } from '../../../src/polls/counting/ranked/ranked-ballots.ts'
import { RunoffTally } from '../../../src/polls/counting/ranked/runoff-tally.ts'
import { firstDifference, withEqualVotes } from '../../../src/polls/counting/ranked/runoff-ties.ts'
import { rankings } from '../../support/rankings.ts'

const ranks = (order: number[], of: number[]) => ({ order, of: Uint8Array.from(of) })

test.each([
  ['the same ranks', [1, 2, 2, 3], 5],
  ['other ranks that compare alike', [2, 5, 5, 9], 5],
  ['the first two the other way round', [2, 1, 1, 3], 1],
  ['the first two alike', [2, 2, 2, 3], 1],
  ['two apart that were alike', [1, 2, 3, 4], 2],
  ['the last two alike', [1, 2, 2, 2], 3],
  ['the last two the other way round', [1, 3, 3, 2], 3],
])('%s are distinguished as soon as they differ', (_what, other, expected) => {
  expect(firstDifference(ranks([0, 1, 2, 3], [1, 2, 2, 3]), ranks([0, 1, 2, 3], other))).toBe(expected)
})

test('only the given options are compared', () => {
  const known = ranks([0, 3], [1, 2, 2, 3])
  expect(firstDifference(known, ranks([], [1, 9, 0, 2]))).toBe(3)
  expect(firstDifference(known, ranks([], [2, 9, 0, 1]))).toBe(1)
  expect(firstDifference(ranks([3], [1, 2, 2, 3]), ranks([], [9, 9, 9, 1]))).toBeGreaterThan(1)
  expect(firstDifference(ranks([], [1]), ranks([], [2]))).toBeGreaterThan(0)
})

test('options with as many votes as another one are found', () => {
  const tally = new RunoffTally(ballotsOf(['A', 'B', 'C', 'D', 'E', 'F'], rankings({ B: 1, C: 1, D: 2, E: 3, F: 3 })))
  expect(withEqualVotes(tally, [0, 1, 2, 3, 4, 5])).toEqual([1, 2, 4, 5])
  expect(withEqualVotes(tally, [0, 2, 3, 4])).toEqual([])
  expect(withEqualVotes(tally, [])).toEqual([])
})
