import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Rankings } from '../../../src/polls/counting/ranked/ranked-ballots.ts'
import { countRankings } from '../../../src/polls/counting/ranked/ranked-count.ts'
import { allCounts } from '../../support/all-counts.ts'
import { anyElection, burlington, eachBallot, rankings, tennessee, tiedElection } from '../../support/rankings.ts'

const runOff = (ids: readonly string[], cast: Rankings) => countRankings(ids, cast).instantRunoff
const winners = (ids: readonly string[], cast: Rankings) => runOff(ids, cast).winners
const total = (numbers: Iterable<number>) => [...numbers].reduce((sum, number) => sum + number, 0)
const noTie = { tied: [] }

describe('published elections have the published winner:', () => {
  test('the capital of Tennessee', () => {
    expect(runOff(tennessee.ids, tennessee.cast)).toEqual({
      rounds: [
        {
          votes: { Memphis: 42, Nashville: 26, Chattanooga: 15, Knoxville: 17 },
          exhausted: 0,
          eliminated: ['Chattanooga'],
          ...noTie,
        },
        { votes: { Memphis: 42, Nashville: 26, Knoxville: 32 }, exhausted: 0, eliminated: ['Nashville'], ...noTie },
        { votes: { Memphis: 42, Knoxville: 58 }, exhausted: 0, eliminated: [], ...noTie },
      ],
      winners: ['Knoxville'],
      tooManyTies: false,
    })
  })

  test('the mayor of Burlington', () => {
    const { rounds, winners } = runOff(burlington.ids, burlington.cast)
    expect(rounds).toEqual([
      { votes: { Montroll: 2554, Kiss: 2982, Wright: 3297 }, exhausted: 0, eliminated: ['Montroll'], ...noTie },
      { votes: { Kiss: 4314, Wright: 4064 }, exhausted: 455, eliminated: [], ...noTie },
    ])
    expect(winners).toEqual(['Kiss'])
  })

  // The President of Ireland, 7 November 1990: the returning officer's two counts, with Currie's transfers.
  test('the President of Ireland', () => {
    const cast = rankings({
      Robinson: 612_265,
      Lenihan: 694_484,
      'Currie Robinson': 205_565,
      'Currie Lenihan': 36_789,
      Currie: 25_548,
    })
    expect(runOff(['Robinson', 'Lenihan', 'Currie'], cast).rounds).toEqual([
      {
        votes: { Robinson: 612_265, Lenihan: 694_484, Currie: 267_902 },
        exhausted: 0,
        eliminated: ['Currie'],
        ...noTie,
      },
      { votes: { Robinson: 817_830, Lenihan: 731_273 }, exhausted: 25_548, eliminated: [], ...noTie },
    ])
    expect(winners(['Robinson', 'Lenihan', 'Currie'], cast)).toEqual(['Robinson'])
  })
})

describe('several options with the fewest votes', () => {
  test('lose the one with the fewest in the latest round in which they differ', () => {
    const cast = rankings({ A: 7, B: 6, 'C A': 3, D: 2, 'E D': 1 })
    const { rounds, winners } = runOff(['A', 'B', 'C', 'D', 'E'], cast)
    expect(rounds.map(({ eliminated, tied }) => [eliminated, tied])).toEqual([
      [['E'], []],
      [['D'], []],
      [['C'], []],
      [[], []],
    ])
    expect(winners).toEqual(['A'])
  })

  test('are each eliminated in one count, if they never differed', () => {
    expect(runOff(['A', 'B', 'C'], rankings({ A: 3, 'B C': 2, 'C B': 2 }))).toEqual({
      rounds: [
        { votes: { A: 3, B: 2, C: 2 }, exhausted: 0, eliminated: ['C'], tied: ['B', 'C'] },
        { votes: { A: 3, B: 4 }, exhausted: 0, eliminated: [], tied: [] },
      ],
      winners: ['B', 'C'],
      tooManyTies: false,
    })
  })

  test('without any vote are eliminated together', () => {
    const { rounds } = runOff(['A', 'B', 'C', 'D'], rankings({ A: 2, 'B A': 2, 'A D C': 0 }))
    expect(rounds[0]).toMatchObject({ eliminated: ['C', 'D'], tied: [] })
  })

  test('leave one winner that wins whichever of them is eliminated', () => {
    expect(winners(['A', 'B', 'C'], rankings({ A: 3, 'B A': 2, 'C A': 2 }))).toEqual(['A'])
  })
})

describe('if all remaining options have equally many votes', () => {
  test('all are tied, if each wins in some count', () => {
    expect(runOff(['A', 'B', 'C'], rankings({ A: 1, B: 1, C: 1 }))).toEqual({
      rounds: [{ votes: { A: 1, B: 1, C: 1 }, exhausted: 0, eliminated: [], tied: ['A', 'B', 'C'] }],
      winners: ['A', 'B', 'C'],
      tooManyTies: false,
    })
  })

  test('an option that wins in no count is not tied with the others', () => {
    const { rounds, winners } = runOff(['A', 'B', 'C'], rankings({ 'A B': 2, 'B A': 2, C: 2 }))
    expect(winners).toEqual(['A', 'B'])
    expect(rounds.map(({ eliminated, tied }) => [eliminated, tied])).toEqual([
      [['C'], ['A', 'B', 'C']],
      [[], ['A', 'B']],
    ])
  })

  test('no earlier round breaks the tie', () => {
    const cast = rankings({ A: 5, B: 4, C: 3, 'D C': 2 })
    expect(runOff(['A', 'B', 'C', 'D'], cast).rounds.map(({ eliminated }) => eliminated)).toEqual([['D'], ['B'], []])
    expect(winners(['A', 'B', 'C', 'D'], cast)).toEqual(['A', 'C'])
  })
})

test('rounds continue while the remaining options have different votes, even if all of them win', () => {
  const cast = rankings({ 'D C': 2, 'C D': 1, A: 1, 'B D A': 2, C: 1, B: 1 })
  const { rounds, winners } = runOff(['A', 'B', 'C', 'D'], cast)
  expect(winners).toEqual(['B', 'C', 'D'])
  expect(rounds.map(({ eliminated }) => eliminated)).toEqual([['A'], ['D'], []])
})

// B or D is eliminated first, and the other one next. Then C and E have 3 votes each. In the round before, C had more
// if D was eliminated first, and E had more if B was: so E is eliminated in one count, and C in the other.
test('earlier rounds break a tie by their votes, not by the remaining options', () => {
  const cast = rankings({ A: 2, 'A E': 2, 'B E': 1, 'C B E': 2, 'D C B': 1, E: 2 })
  expect(winners(['A', 'B', 'C', 'D', 'E'], cast)).toEqual(['A', 'E'])
})

test('the same remaining options, reached in two ways, can lead to different winners', () => {
  const cast = rankings({ 'E A D B': 1, 'C D A B': 1, 'D C': 1, 'B E': 3, 'A D B C': 1 })
  expect(winners(['A', 'B', 'C', 'D', 'E'], cast)).toEqual(['A', 'B', 'D'])
  const counts = allCounts(['A', 'B', 'C', 'D', 'E'], eachBallot(cast))
  expect(new Set(counts.map(({ winner }) => winner))).toEqual(new Set(['A', 'B', 'D']))
})

test('without ballots nobody wins', () => {
  expect(runOff(['A', 'B'], [])).toEqual({
    rounds: [{ votes: { A: 0, B: 0 }, exhausted: 0, eliminated: [], tied: [] }],
    winners: [],
    tooManyTies: false,
  })
})

// Several options are eliminated before all others. Their order decides a later tie of two that get their votes.
const orderOfLosersMatters = {
  ids: ['A', 'B', 'C', 'D', 'E', 'F', 'G'],
  cast: rankings({
    'C B A F D G E': 2,
    'F G B': 1,
    'D G B C F A': 2,
    'G D E C F A B': 1,
    'C A D': 3,
    'A G': 1,
    'B D F': 1,
  }),
}

// Two ways lead to the same options with other ranks, and a later tie is narrowed in two ways.
const earlierRanksMatter = {
  ids: ['A', 'B', 'C', 'D', 'E', 'F', 'G'],
  cast: rankings({
    'G F D E A B C': 1,
    'E G D': 1,
    'G C E B F D A': 1,
    'C D E A F B G': 1,
    'D B': 2,
    'B A F D G': 2,
    'A B': 1,
    'A C B': 1,
  }),
}

describe('for any rankings', () => {
  test('the winners are those of all counts done by hand', () => {
    fc.assert(
      fc.property(tiedElection, ({ ids, cast }) => {
        const counts = allCounts(ids, eachBallot(cast))
        const found = new Set(counts.map(({ winner }) => winner))
        expect(new Set(winners(ids, cast))).toEqual(new Set(cast.length === 0 ? [] : found))
      }),
      { numRuns: 1_000, examples: [[orderOfLosersMatters], [earlierRanksMatter]] },
    )
  })

  test('the winners are among those of all counts in which earlier rounds break no tie', () => {
    fc.assert(
      fc.property(tiedElection, ({ ids, cast }) => {
        const possible = allCounts(ids, eachBallot(cast), { narrowed: false }).map(({ winner }) => winner)
        for (const winner of winners(ids, cast)) expect(possible).toContain(winner)
      }),
    )
  })

  test('the shown rounds are those of one count, which eliminates the last option of each tie', () => {
    fc.assert(
      fc.property(tiedElection, ({ ids, cast }) => {
        // The code eliminates options without a vote together, and the count by hand one after the other.
        fc.pre(ids.every((id) => cast.some(({ ranking }) => ranking[0] === id)))
        let counts = allCounts(ids, eachBallot(cast))
        for (const [index, { eliminated, tied, ...shown }] of runOff(ids, cast).rounds.entries()) {
          expect(counts.map(({ rounds }) => rounds[index])).toContainEqual(expect.objectContaining(shown))
          const left = new Set(counts.flatMap(({ rounds }) => rounds[index]?.eliminated ?? []))
          if (tied.length > 0) expect(new Set(tied)).toEqual(left)
          if (eliminated.length > 0) expect(eliminated).toEqual(ids.filter((id) => left.has(id)).slice(-1))
          counts = counts.filter(({ rounds }) => rounds[index]?.eliminated.join() === eliminated.join())
        }
      }),
    )
  })

  test('with too little time for all counts, the result is the same or missing', () => {
    fc.assert(
      fc.property(tiedElection, fc.nat(12), fc.nat(80), ({ ids, cast }, states, steps) => {
        const { instantRunoff } = countRankings(ids, cast, { states, steps })
        if (instantRunoff.tooManyTies) expect(instantRunoff.winners).toEqual([])
        else expect(instantRunoff).toEqual(runOff(ids, cast))
      }),
    )
  })

  test('in each round every ballot counts once, or is exhausted', () => {
    fc.assert(
      fc.property(anyElection, ({ ids, cast }) => {
        const ballots = total(cast.map(({ ballots }) => ballots))
        for (const { votes, exhausted } of runOff(ids, cast).rounds)
          expect(total(Object.values(votes)) + exhausted).toBe(ballots)
      }),
    )
  })

  test('the winners do not depend on the order of ballots or options', () => {
    fc.assert(
      fc.property(anyElection, fc.nat(), ({ ids, cast }, chance) => {
        const turn = chance % ids.length
        const turned = winners([...ids.slice(turn), ...ids.slice(0, turn)], cast.toReversed())
        expect(new Set(turned)).toEqual(new Set(winners(ids, cast)))
      }),
    )
  })
})
