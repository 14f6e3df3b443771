import { describe, expect, test } from 'vitest'
import { type Bounds, coWinners } from '../../../src/polls/counting/ranked/co-winners.ts'
import { ballotsOf, type Rankings } from '../../../src/polls/counting/ranked/ranked-ballots.ts'
import { isIn, RunoffTally } from '../../../src/polls/counting/ranked/runoff-tally.ts'
import { rankings } from '../../support/rankings.ts'

function winners(ids: readonly string[], cast: Rankings, bounds: Bounds) {
  const found = coWinners(new RunoffTally(ballotsOf(ids, cast)), bounds)
  return found === undefined ? undefined : ids.filter((_, option) => isIn(found, option))
}

/** Eight pairs of tied options that are eliminated first, in 2^8 orders, and change nothing for the others. */
function withSmallTies(ids: readonly string[], cast: Rankings): [string[], Rankings] {
  const pairs = [1, 2, 3, 4, 5, 6, 7, 8].map((votes) => ({ votes, names: [`P${votes}`, `Q${votes}`] }))
  const small = pairs.flatMap(({ votes, names }) => names.map((name) => ({ ranking: [name], ballots: votes })))
  const large = cast.map(({ ranking, ballots }) => ({ ranking, ballots: 100 * ballots }))
  return [
    [...ids, ...pairs.flatMap(({ names }) => names)],
    [...large, ...small],
  ]
}

// Earlier rounds narrow a tie, so B and D win in no count. If they did not, B and D could win.
const narrowed = rankings({ 'D C': 1, 'D E': 3, A: 2, 'B A': 1, 'C B': 1, 'E B A': 2 })
const ample = { states: 1_000, steps: 100_000 }

describe('little work is enough', () => {
  test('if many orders lead to the same state', () => {
    const election = withSmallTies(['A', 'B', 'C', 'D', 'E'], narrowed)
    expect(winners(...election, { ...ample, states: 30 })).toEqual(['A'])
  })

  test('if all co-winners are found', () => {
    const election = withSmallTies(['A', 'B', 'C'], rankings({ A: 20, B: 21, 'C B': 19 }))
    expect(winners(...election, { ...ample, states: 22 })).toEqual(['B'])
  })
})

describe('the search gives up on too much work', () => {
  test('to follow as many states', () => {
    expect(winners(['A', 'B', 'C', 'D', 'E'], narrowed, { ...ample, states: 3 })).toBe(undefined)
    expect(winners(['A', 'B', 'C', 'D', 'E'], narrowed, { ...ample, states: 4 })).toEqual(['A'])
  })

  test('to read as many places of ballots', () => {
    expect(winners(['A', 'B', 'C', 'D', 'E'], narrowed, { ...ample, steps: 3 })).toBe(undefined)
  })

  // Without a limit this takes far too long.
  test('for forty tied options that transfer votes to each other', () => {
    const ids = Array.from({ length: 40 }, (_, index) => `option ${index}`)
    const cast = ids.map((id, index) => {
      const later = [index * 7 + 3, index * 11 + 5, index * 3 + 1].map((place) => ids[place % 40] as string)
      return { ranking: [...new Set([id, ...later])], ballots: 1 }
    })
    expect(winners(ids, cast, ample)).toBe(undefined)
  })

  test('to read as many places, also of ballots that pass on few votes and are long', () => {
    const ids = Array.from({ length: 20 }, (_, index) => `option ${index}`)
    // Level: each option is first on ten ballots. The others follow in eight orders.
    const cast = Array.from({ length: 200 }, (_, ballot) => {
      const step = [1, 3, 7, 9, 11, 13, 17, 19][ballot % 8] as number
      return { ranking: ids.map((_, place) => ids[(ballot + place * step) % 20] as string), ballots: 1 }
    })
    const ballots = ballotsOf(ids, cast)
    let reads = 0
    const get = (codes: Uint8Array, key: string | symbol) => {
      reads += 1
      return Reflect.get(codes, key)
    }
    const tally = new RunoffTally({ ...ballots, codes: new Proxy(ballots.codes, { get }) })
    reads = 0
    expect(coWinners(tally, { states: 1_000_000, steps: 20_000 })).toBe(undefined)
    expect(reads).toBeGreaterThan(10_000)
    expect(reads).toBeLessThan(40_000)
  })
})
