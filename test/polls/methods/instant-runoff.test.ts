import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { countRankings, type Rankings } from '../../../src/polls/methods/ranked-count.ts'
import { anyElection, burlington, eachBallot, rankings, tennessee } from '../../support/rankings.ts'

const runOff = (ids: readonly string[], cast: Rankings) => countRankings(ids, cast).instantRunoff
const total = (numbers: Iterable<number>) => [...numbers].reduce((sum, number) => sum + number, 0)

describe('counts that others published:', () => {
  test('the capital of Tennessee', () => {
    expect(runOff(tennessee.ids, tennessee.cast)).toEqual({
      rounds: [
        {
          votes: { Memphis: 42, Nashville: 26, Chattanooga: 15, Knoxville: 17 },
          exhausted: 0,
          eliminated: ['Chattanooga'],
        },
        { votes: { Memphis: 42, Nashville: 26, Knoxville: 32 }, exhausted: 0, eliminated: ['Nashville'] },
        { votes: { Memphis: 42, Knoxville: 58 }, exhausted: 0, eliminated: [] },
      ],
      winners: ['Knoxville'],
    })
  })

  test('the mayor of Burlington', () => {
    const { rounds, winners } = runOff(burlington.ids, burlington.cast)
    expect(rounds).toEqual([
      { votes: { Montroll: 2554, Kiss: 2982, Wright: 3297 }, exhausted: 0, eliminated: ['Montroll'] },
      { votes: { Kiss: 4314, Wright: 4064 }, exhausted: 455, eliminated: [] },
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
    expect(runOff(['Robinson', 'Lenihan', 'Currie'], cast)).toEqual({
      rounds: [
        { votes: { Robinson: 612_265, Lenihan: 694_484, Currie: 267_902 }, exhausted: 0, eliminated: ['Currie'] },
        { votes: { Robinson: 817_830, Lenihan: 731_273 }, exhausted: 25_548, eliminated: [] },
      ],
      winners: ['Robinson'],
    })
  })
})

describe('of several with the fewest', () => {
  test('those leave who had the fewest of them in the latest round in which they differ', () => {
    const cast = rankings({ A: 6, B: 5, 'C D': 3, D: 2, 'E C': 1 })
    const { rounds, winners } = runOff(['A', 'B', 'C', 'D', 'E'], cast)
    expect(rounds.map(({ eliminated }) => eliminated)).toEqual([['E'], ['D'], ['C'], []])
    const tied = runOff(['A', 'B', 'C', 'D'], rankings({ A: 5, B: 4, C: 3, 'D C B': 2, '': 0 }))
    expect(tied.rounds.map(({ eliminated }) => eliminated)).toEqual([['D'], ['B'], []])
    expect([winners, tied.winners]).toEqual([['A'], ['A', 'C']])
  })

  test('all leave who never differed', () => {
    const { rounds, winners } = runOff(['A', 'B', 'C'], rankings({ A: 2, 'B A': 1, 'C A': 1 }))
    expect([rounds[0]?.eliminated, winners]).toEqual([['B', 'C'], ['A']])
  })

  test('all are tied when nobody else is left', () => {
    expect(runOff(['A', 'B', 'C'], rankings({ A: 1, B: 1, C: 1 }))).toEqual({
      rounds: [{ votes: { A: 1, B: 1, C: 1 }, exhausted: 0, eliminated: [] }],
      winners: ['A', 'B', 'C'],
    })
  })
})

test('without ballots nobody wins', () => {
  expect(runOff(['A', 'B'], [])).toEqual({
    rounds: [{ votes: { A: 0, B: 0 }, exhausted: 0, eliminated: [] }],
    winners: [],
  })
})

describe('for any rankings', () => {
  test('it counts as one who counts by hand, ballot by ballot', () => {
    fc.assert(
      fc.property(anyElection, ({ ids, cast }) => {
        expect(runOff(ids, cast)).toEqual(countByHand(ids, eachBallot(cast)))
      }),
    )
  })

  test('an option that more than half of the voters put first wins, in the first round', () => {
    fc.assert(
      fc.property(anyElection, fc.nat(), ({ ids, cast }, chance) => {
        const favourite = ids[chance % ids.length] as string
        const majority = total(cast.map(({ ballots }) => ballots)) + 1
        const { rounds, winners } = runOff(ids, [...cast, { ranking: [favourite], ballots: majority }])
        expect([winners, rounds.length]).toEqual([[favourite], 1])
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

  test('neither the order of ballots nor that of options makes a difference', () => {
    fc.assert(
      fc.property(anyElection, fc.nat(), ({ ids, cast }, chance) => {
        const turn = chance % ids.length
        const { rounds, winners } = runOff([...ids.slice(turn), ...ids.slice(0, turn)], cast.toReversed())
        const before = runOff(ids, cast)
        expect(new Set(winners)).toEqual(new Set(before.winners))
        expect(rounds.map(({ votes }) => votes)).toEqual(before.rounds.map(({ votes }) => votes))
      }),
    )
  })
})

/** The rules read out, as slowly as they are. */
function countByHand(ids: readonly string[], ballots: (readonly string[])[]) {
  const rounds: { votes: Record<string, number>; exhausted: number; eliminated: string[] }[] = []
  let left = [...ids]
  for (;;) {
    const first = ballots.map((ballot) => ballot.find((id) => left.includes(id)))
    const votes = Object.fromEntries(left.map((id) => [id, first.filter((one) => one === id).length]))
    const round = { votes, exhausted: first.filter((one) => one === undefined).length, eliminated: [] as string[] }
    rounds.push(round)
    const counting = ballots.length - round.exhausted
    if (counting === 0) return { rounds, winners: [] }
    const majority = left.filter((id) => (votes[id] ?? 0) * 2 > counting)
    if (majority.length > 0) return { rounds, winners: majority }
    if (new Set(Object.values(votes)).size === 1) return { rounds, winners: left }
    const fewer = (one: string, other: string) => {
      const differing = rounds.findLast((earlier) => earlier.votes[one] !== earlier.votes[other])
      return (differing?.votes[one] ?? 0) - (differing?.votes[other] ?? 0)
    }
    round.eliminated = left.filter((id) => left.every((other) => fewer(id, other) <= 0))
    left = left.filter((id) => !round.eliminated.includes(id))
  }
}
