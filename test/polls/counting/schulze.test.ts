import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Rankings } from '../../../src/polls/counting/ranked/ranked-ballots.ts'
import { countRankings } from '../../../src/polls/counting/ranked/ranked-count.ts'
import { anyElection, burlington, eachBallot, optionIds, rankings, tennessee } from '../../support/rankings.ts'

/** `{ ACBED: 5 }` are five ballots with A first, C second and so on. */
const letters = (written: Record<string, number>) =>
  rankings(
    Object.fromEntries(Object.entries(written).map(([ranking, ballots]) => [ranking.split('').join(' '), ballots])),
  )
const ids = (count: number) => optionIds.slice(0, count)
const winnersOf = (options: readonly string[], cast: Rankings) => countRankings(options, cast).schulzeWinners

// The examples that Markus Schulze gave with his method; electowiki.org, "Schulze method", "Example 1" to "Example 4".
describe("Schulze's own examples:", () => {
  const examples: [voters: number, options: number, Record<string, number>, winners: string[]][] = [
    [45, 5, { ACBED: 5, ADECB: 5, BEDAC: 8, CABED: 3, CAEBD: 7, CBADE: 2, DCEBA: 7, EBADC: 8 }, ['E']],
    [30, 4, { ACBD: 5, ACDB: 2, ADCB: 3, BACD: 4, CBDA: 3, CDBA: 3, DACB: 1, DBAC: 5, DCBA: 4 }, ['D']],
    [30, 5, { ABDEC: 3, ADEBC: 5, ADECB: 1, BADEC: 2, BDECA: 2, CABDE: 4, CBADE: 6, DBECA: 2, DECAB: 5 }, ['B']],
    [9, 4, { ABCD: 3, DABC: 2, DBCA: 2, CBDA: 2 }, ['B', 'D']],
  ]

  test.each(examples)('%i voters, %i options', (voters, options, written, winners) => {
    const cast = letters(written)
    expect(cast.reduce((sum, { ballots }) => sum + ballots, 0)).toBe(voters)
    expect(countRankings(ids(options), cast)).toMatchObject({ condorcetWinner: null, schulzeWinners: winners })
  })
})

describe('Condorcet winners in published elections:', () => {
  test('Nashville, of the towns in Tennessee', () => {
    const count = countRankings(tennessee.ids, tennessee.cast)
    expect(count).toMatchObject({ condorcetWinner: 'Nashville', schulzeWinners: ['Nashville'] })
  })

  // By 4067 to 3477 and 4597 to 3668: electowiki.org, "2009 Burlington mayoral election".
  test('Montroll in Burlington, who did not become mayor', () => {
    expect(countRankings(burlington.ids, burlington.cast).condorcetWinner).toBe('Montroll')
  })

  // Condorcet, "Essai sur l'application de l'analyse" (1785): a majority for each of three, over the next.
  test('none in his paradox, where all are tied', () => {
    const count = countRankings(['A', 'B', 'C'], letters({ ABC: 1, BCA: 1, CAB: 1 }))
    expect(count).toMatchObject({ condorcetWinner: null, schulzeWinners: ['A', 'B', 'C'] })
  })
})

test('without ballots nobody wins', () => {
  expect(countRankings(['A', 'B'], [])).toMatchObject({ condorcetWinner: null, schulzeWinners: [] })
  expect(countRankings(['A'], [])).toMatchObject({ condorcetWinner: 'A', schulzeWinners: [] })
})

describe('for any rankings', () => {
  test('a winner has no stronger path against it, among all paths', () => {
    fc.assert(
      fc.property(anyElection, ({ ids, cast }) => {
        fc.pre(cast.length > 0)
        expect(winnersOf(ids, cast)).toEqual(byAllPaths(ids, eachBallot(cast)))
      }),
    )
  })

  test('a Condorcet winner is the only winner, and named', () => {
    fc.assert(
      fc.property(anyElection, ({ ids, cast }) => {
        fc.pre(cast.length > 0)
        const ballots = eachBallot(cast)
        const winner = ids.find((one) => ids.every((other) => one === other || victory(ballots, one, other) > 0))
        const count = countRankings(ids, cast)
        expect(count.condorcetWinner).toBe(winner ?? null)
        if (winner !== undefined) expect(count.schulzeWinners).toEqual([winner])
      }),
    )
  })

  test('the winners do not depend on the order of ballots or options', () => {
    fc.assert(
      fc.property(anyElection, fc.nat(), ({ ids, cast }, chance) => {
        const turn = chance % ids.length
        const turned = winnersOf([...ids.slice(turn), ...ids.slice(0, turn)], cast.toReversed())
        expect(new Set(turned)).toEqual(new Set(winnersOf(ids, cast)))
      }),
    )
  })

  test('a clone of an option changes nothing for the others, and wins only in its place', () => {
    fc.assert(
      fc.property(
        anyElection,
        fc.nat(),
        fc.array(fc.boolean(), { minLength: 9, maxLength: 9 }),
        ({ ids, cast }, chance, before) => {
          const original = ids[chance % ids.length] as string
          const cloned = cast.map(({ ranking, ballots }, index) => ({
            ballots,
            ranking: ranking.flatMap((id) => (id !== original ? [id] : before[index] ? ['clone', id] : [id, 'clone'])),
          }))
          const winners = winnersOf([...ids, 'clone'], cloned)
          expect(new Set(winners.map((id) => (id === 'clone' ? original : id)))).toEqual(new Set(winnersOf(ids, cast)))
        },
      ),
    )
  })
})

function victory(ballots: (readonly string[])[], one: string, other: string): number {
  const prefers = (ballot: readonly string[], better: string, worse: string) =>
    ballot.includes(better) && (!ballot.includes(worse) || ballot.indexOf(better) < ballot.indexOf(worse))
  const count = (better: string, worse: string) => ballots.filter((ballot) => prefers(ballot, better, worse)).length
  return count(one, other) > count(other, one) ? count(one, other) : 0
}

/** Walks every path, instead of building the strongest ones from shorter ones. */
function byAllPaths(ids: readonly string[], ballots: (readonly string[])[]): string[] {
  const strongest = (from: string, to: string, seen: string[]): number =>
    Math.max(
      victory(ballots, from, to),
      ...ids
        .filter((via) => via !== to && via !== from && !seen.includes(via))
        .map((via) => Math.min(victory(ballots, from, via), strongest(via, to, [...seen, from]))),
    )
  return ids.filter((one) =>
    ids.every((other) => one === other || strongest(one, other, []) >= strongest(other, one, [])),
  )
}
