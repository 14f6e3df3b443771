import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Rankings } from '../../../src/polls/counting/ranked/ranked-ballots.ts'
import { countRankings } from '../../../src/polls/counting/ranked/ranked-count.ts'
import { burlington, eachBallot, rankings, tiedElection } from '../../support/rankings.ts'

type Election = { ids: readonly string[]; cast: Rankings }
type Ranking = readonly string[]

const winners = ({ ids, cast }: Election) => countRankings(ids, cast).instantRunoff.winners
const ballotsWhere = ({ cast }: Election, is: (ranking: Ranking) => boolean) => eachBallot(cast).filter(is).length
/** How many ballots prefer one option to another. */
const preferring = (election: Election, one: string, other: string) =>
  ballotsWhere(election, (ranking) => ranking.includes(one) && !ranking.slice(0, ranking.indexOf(one)).includes(other))

describe('instant-runoff has these properties, also with ties:', () => {
  test('majority: an option that more than half of the voters put first wins alone', () => {
    fc.assert(
      fc.property(tiedElection, fc.nat(), ({ ids, cast }, chance) => {
        const favourite = ids[chance % ids.length] as string
        const majority = eachBallot(cast).length + 1
        expect(winners({ ids, cast: [...cast, { ranking: [favourite], ballots: majority }] })).toEqual([favourite])
      }),
    )
  })

  test('mutual majority: where more than half prefer some options to all others, one of these wins', () => {
    fc.assert(
      fc.property(tiedElection, fc.nat(), fc.nat(), ({ ids, cast }, chance, order) => {
        const few = ids.slice(0, 1 + (chance % (ids.length - 1)))
        const turned = [...few.slice(order % few.length), ...few.slice(0, order % few.length)]
        const [half, rest] = [Math.ceil(eachBallot(cast).length / 2), Math.floor(eachBallot(cast).length / 2) + 1]
        const solid = [
          { ranking: turned, ballots: half },
          { ranking: [...turned.toReversed(), ...ids.filter((id) => !few.includes(id))], ballots: rest },
        ]
        expect(few).toEqual(expect.arrayContaining(winners({ ids, cast: [...cast, ...solid] })))
      }),
    )
  })

  test('Condorcet loser: an option that loses to each other one does not win', () => {
    fc.assert(
      fc.property(tiedElection, (election) => {
        const losers = election.ids.filter((one) =>
          election.ids.every(
            (other) => one === other || preferring(election, one, other) < preferring(election, other, one),
          ),
        )
        for (const loser of losers) expect(winners(election)).not.toContain(loser)
      }),
      { numRuns: 500 },
    )
  })

  test('plurality: an option on fewer ballots than another one is first on does not win', () => {
    fc.assert(
      fc.property(tiedElection, (election) => {
        const most = Math.max(...election.ids.map((id) => ballotsWhere(election, ([first]) => first === id)))
        for (const winner of winners(election))
          expect(ballotsWhere(election, (ranking) => ranking.includes(winner))).toBeGreaterThanOrEqual(most)
      }),
    )
  })

  test('later-no-harm and later-no-help: what follows an option on a ballot does not decide whether it wins', () => {
    fc.assert(
      fc.property(tiedElection, fc.nat(), fc.array(fc.nat(), { maxLength: 6 }), ({ ids, cast }, chance, later) => {
        fc.pre(cast.length > 0)
        const index = chance % cast.length
        const { ranking, ballots } = cast[index] as Rankings[number]
        const kept = ranking.slice(0, 1 + (chance % ranking.length))
        const others = later.map((place) => ids[place % ids.length] as string).filter((id) => !kept.includes(id))
        const changed = cast.with(index, { ranking: [...new Set([...kept, ...others])], ballots })
        const [before, after] = [winners({ ids, cast }), winners({ ids, cast: changed })]
        for (const id of kept) expect(after.includes(id)).toBe(before.includes(id))
        if (before.length === 1 && kept.includes(before[0] ?? '')) expect(after).toEqual(before)
      }),
      { numRuns: 500 },
    )
  })
})

// A clone splits the votes of earlier rounds, so it can change how a tie is narrowed, and so who wins.
test('clone independence holds without ties: a copy next to an option on every ballot changes nothing else', () => {
  fc.assert(
    fc.property(
      tiedElection,
      fc.nat(),
      fc.array(fc.boolean(), { minLength: 9, maxLength: 9 }),
      (election, chance, flips) => {
        const { ids, cast } = election
        const original = ids[chance % ids.length] as string
        const cloned: Election = {
          ids: [...ids, 'copy'],
          cast: cast.map(({ ranking, ballots }, index) => {
            const pair = flips[index] ? [original, 'copy'] : ['copy', original]
            return { ranking: ranking.flatMap((id) => (id === original ? pair : [id])), ballots }
          }),
        }
        const isTied = ({ ids, cast }: Election) =>
          countRankings(ids, cast).instantRunoff.rounds.some(({ tied }) => tied.length > 0)
        fc.pre(cast.length > 0 && !isTied(election) && !isTied(cloned))
        const [winner] = winners(cloned)
        expect([winner === 'copy' ? original : winner]).toEqual(winners(election))
      },
    ),
    { numRuns: 300 },
  )
})

describe('instant-runoff lacks these properties:', () => {
  const ids = ['A', 'B', 'C']

  test('Condorcet winner: an option that wins against each other one may lose', () => {
    expect(countRankings(burlington.ids, burlington.cast)).toMatchObject({
      condorcetWinner: 'Montroll',
      instantRunoff: { winners: ['Kiss'] },
    })
  })

  test('monotonicity: an option can lose because voters put it higher', () => {
    const others = { 'A C B': 6, 'B C A': 4, 'C A B': 4, 'C B A': 1 }
    expect(winners({ ids, cast: rankings({ ...others, 'B A C': 2 }) })).toEqual(['A'])
    expect(winners({ ids, cast: rankings({ ...others, 'A B C': 2 }) })).toEqual(['C'])
  })

  test('participation: voters can get a result that they like less because they vote', () => {
    const others = { 'A B C': 1, 'A C B': 2, 'C B A': 4 }
    expect(winners({ ids, cast: rankings({ ...others, 'B A C': 2 }) })).toEqual(['A'])
    expect(winners({ ids, cast: rankings({ ...others, 'B A C': 4 }) })).toEqual(['C'])
  })
})
