import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ballotsOf, type Rankings } from '../../../src/polls/counting/ranked/ranked-ballots.ts'
import { isIn, isWithin, RunoffTally, setOf } from '../../../src/polls/counting/ranked/runoff-tally.ts'
import { rankings, tiedElection } from '../../support/rankings.ts'

type Election = { ids: readonly string[]; cast: Rankings }

const places = fc.shuffledSubarray([0, 1, 2, 3, 4, 5])
const tallyOf = ({ ids, cast }: Election) => new RunoffTally(ballotsOf(ids, cast))
const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0)

test('votes belong to the remaining options, in any order of elimination and return', () => {
  fc.assert(
    fc.property(tiedElection, places, places, (election, one, other) => {
      const tally = tallyOf(election)
      for (const order of [one, other]) leaveInTurn(tally, election, order)
    }),
    // A returning option must have its rank again, or the second order goes wrong.
    {
      examples: [
        [{ ids: ['A', 'B', 'C', 'D', 'E', 'F'], cast: rankings({ 'E F C': 1, 'B C F E': 1 }) }, [2, 1], [4, 5]],
      ],
    },
  )
})

function leaveInTurn(tally: RunoffTally, election: Election, [next, ...rest]: readonly number[]): void {
  expectCount(tally, election)
  if (next === undefined) return
  if (next < election.ids.length) tally.without([next], () => leaveInTurn(tally, election, rest))
  expectCount(tally, election)
}

function expectCount(tally: RunoffTally, { ids, cast }: Election): void {
  const left = tally.options.map((option) => ids[option] as string)
  const firsts = cast.map(({ ranking }) => ranking.find((id) => left.includes(id)))
  const weights = (id?: string) => cast.flatMap(({ ballots }, index) => (firsts[index] === id ? ballots : []))
  expect(tally.left).toBe(setOf(tally.options))
  expect(tally.options.map((option) => tally.votes(option))).toEqual(left.map((id) => sum(weights(id))))
  expect(tally.exhausted).toBe(sum(weights(undefined)))
}

test('the maximum of an option’s votes counts the ballots that name it before all others', () => {
  fc.assert(
    fc.property(tiedElection, places, fc.nat(), ({ ids, cast }, chosen, chance) => {
      const tally = tallyOf({ ids, cast })
      const among = chosen.filter((option) => option < ids.length)
      fc.pre(among.length > 0)
      const names = among.map((option) => ids[option] as string)
      // One other option is eliminated: its votes go to others.
      const [out] = [...ids.keys()].filter((option) => !among.includes(option) && option >= chance % ids.length)
      const left = ids.filter((_, option) => option !== out)
      const can = (name: string) =>
        cast.flatMap(({ ranking, ballots }) => {
          const others = ranking.findIndex((id) => left.includes(id) && !names.includes(id))
          return ranking.slice(0, others < 0 ? ranking.length : others).includes(name) ? ballots : []
        })
      const most = Math.max(...names.map((name) => sum(can(name))))
      expect(tally.without(out === undefined ? [] : [out], () => tally.maxAmong(among))).toBe(most)
    }),
  )
})

test('sets of options list their members, also beyond the bits of a number', () => {
  const set = setOf([0, 31, 49])
  expect([0, 1, 31, 32, 49].map((option) => isIn(set, option))).toEqual([true, false, true, false, true])
  expect([[], [31], [0, 49], [1], [0, 50]].map((options) => isWithin(setOf(options), set))).toEqual([
    true,
    true,
    true,
    false,
    false,
  ])
})
