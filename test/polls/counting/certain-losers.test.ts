import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { certainLosers, orderMatters } from '../../../src/polls/counting/ranked/certain-losers.ts'
import { ballotsOf, type Rankings } from '../../../src/polls/counting/ranked/ranked-ballots.ts'
import { RunoffTally } from '../../../src/polls/counting/ranked/runoff-tally.ts'
import { allCounts } from '../../support/all-counts.ts'
import { eachBallot, rankings, tiedElection } from '../../support/rankings.ts'

function losers(ids: readonly string[], cast: Rankings) {
  const tally = new RunoffTally(ballotsOf(ids, cast))
  const options = certainLosers(tally)
  return { ids: options.map((option) => ids[option] as string), orderMatters: orderMatters(tally, options) }
}

test('certain losers are eliminated before all others, in every count', () => {
  fc.assert(
    fc.property(tiedElection, ({ ids, cast }) => {
      fc.pre(cast.length > 0)
      const certain = losers(ids, cast).ids
      for (const { rounds } of allCounts(ids, eachBallot(cast), { narrowed: false }))
        for (const id of rounds.slice(0, certain.length).flatMap(({ eliminated }) => eliminated))
          expect(certain).toContain(id)
    }),
    { numRuns: 500 },
  )
})

test('options that transfer votes to each other are certain losers, if all their votes are too few', () => {
  const cast = rankings({ 'A B': 1, 'B A': 1, 'C D': 3, D: 4 })
  expect(losers(['A', 'B', 'C', 'D'], cast).ids).toEqual(['A', 'B'])
  expect(losers(['A', 'B', 'C', 'D'], rankings({ 'A B': 1, 'B A': 1, 'C D': 2, D: 4 })).ids).toEqual(['A', 'B', 'C'])
})

test('options that can each reach the votes of another one are no certain losers', () => {
  expect(losers(['A', 'B', 'C'], rankings({ 'A B': 1, 'B A': 1, C: 2 })).ids).toEqual([])
})

describe('the order of elimination', () => {
  test('matters if two options get equally many votes by it', () => {
    const cast = rankings({ 'A C': 1, 'B D': 1, C: 3, D: 3, E: 9 })
    expect(losers(['A', 'B', 'C', 'D', 'E'], cast)).toEqual({ ids: ['A', 'B'], orderMatters: true })
  })

  test('does not matter if one option gets as many votes as another one has', () => {
    const cast = rankings({ 'A C': 1, 'B E': 1, C: 3, D: 4, E: 9 })
    expect(losers(['A', 'B', 'C', 'D', 'E'], cast)).toEqual({ ids: ['A', 'B'], orderMatters: false })
  })
})
