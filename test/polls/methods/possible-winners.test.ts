import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Bounds, Budget } from '../../../src/polls/methods/budget.ts'
import { PossibleWinners } from '../../../src/polls/methods/possible-winners.ts'
import { ballotsOf, type Rankings } from '../../../src/polls/methods/ranked-count.ts'
import { isIn, RunoffTally } from '../../../src/polls/methods/runoff-tally.ts'
import { allCounts } from '../../support/all-counts.ts'
import { eachBallot, tiedElection } from '../../support/rankings.ts'

function possible(ids: readonly string[], cast: Rankings, bounds: Bounds = { sets: 1_000, ballots: 10_000 }) {
  const winners = new PossibleWinners(new RunoffTally(ballotsOf(ids, cast)), new Budget(bounds)).find()
  return ids.filter((_, option) => isIn(winners, option))
}

const few = { sets: 3, ballots: 10_000 }
const alike = (count: number) => Array.from({ length: count }, (_, index) => `small ${index}`)

describe('the possible winners', () => {
  test('are those of all counts in which earlier rounds break no tie', () => {
    fc.assert(
      fc.property(tiedElection, ({ ids, cast }) => {
        fc.pre(cast.length > 0)
        const counts = allCounts(ids, eachBallot(cast), { narrowed: false })
        expect(new Set(possible(ids, cast))).toEqual(new Set(counts.map(({ winner }) => winner)))
      }),
      { numRuns: 500 },
    )
  })

  test('are all options, or the right ones, where there is too little time', () => {
    fc.assert(
      fc.property(tiedElection, fc.nat(12), fc.nat(40), ({ ids, cast }, sets, ballots) => {
        fc.pre(cast.length > 0)
        const found = possible(ids, cast, { sets, ballots })
        expect(found).toEqual(expect.arrayContaining(possible(ids, cast)))
      }),
    )
    const tie = [
      { ranking: ['A'], ballots: 3 },
      { ranking: ['B', 'A'], ballots: 2 },
      { ranking: ['C', 'A'], ballots: 2 },
    ]
    expect(possible(['A', 'B', 'C'], tie)).toEqual(['A'])
    expect(possible(['A', 'B', 'C'], tie, { sets: 0, ballots: 9 })).toEqual(['A', 'B', 'C'])
    expect(possible(['A', 'B', 'C'], tie, { sets: 9, ballots: 0 })).toEqual(['A', 'B', 'C'])
  })
})

describe('little work is enough', () => {
  // There are 7! orders in which the small ones can leave, and fewer than 2^7 sets of them.
  test('where many orders lead to the same options', () => {
    const ids = [...alike(7), 'W']
    const cast = alike(7).map((id, index) => ({ ranking: [id, `small ${(index + 1) % 7}`, 'W'], ballots: 1 }))
    expect(possible(ids, [...cast, { ranking: ['W'], ballots: 2 }], { sets: 2 ** 7, ballots: 10_000 })).toEqual(['W'])
  })

  test('where small options leave before the others in whatever order', () => {
    const ids = [...alike(20), 'W', 'X']
    const cast = alike(20).map((id) => ({ ranking: [id, 'W'], ballots: 1 }))
    const large = [
      { ranking: ['W'], ballots: 40 },
      { ranking: ['X'], ballots: 41 },
    ]
    expect(possible(ids, [...cast, ...large], few)).toEqual(['W'])
  })

  test('where small options pass votes on to each other', () => {
    const ids = [...alike(6), 'W', 'X']
    const cast = alike(6).map((id, index) => ({ ranking: [id, `small ${(index + 1) % 6}`, 'W'], ballots: 1 }))
    const large = [
      { ranking: ['W', 'small 0'], ballots: 40 },
      { ranking: ['X'], ballots: 41 },
    ]
    expect(possible(ids, [...cast, ...large], few)).toEqual(['W'])
  })
})
