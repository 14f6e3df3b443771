import fc from 'fast-check'
import { expect, test } from 'vitest'
import { outcomeOf } from '../../../src/polls/counting/methods.ts'
import type { EventFacts } from '../../../src/polls/model/events.ts'
import type { PollState } from '../../../src/polls/model/poll.ts'
import { apply } from '../../../src/polls/rules/apply.ts'
import { begin } from '../../../src/polls/rules/creation.ts'
import { at } from '../../support/entries.ts'
import { picks } from '../../support/picks.ts'
import { optionIds } from '../../support/rankings.ts'

type Points = Record<string, number>

const anyPoints = fc.dictionary(fc.constantFrom(...optionIds), fc.integer({ min: 0, max: 5 }), { minKeys: 1 })
const anyBallots = fc.array(anyPoints, { maxLength: 12 })

/** A poll after each of these people has voted once. */
function counted(ballots: readonly Points[], ids: readonly string[] = optionIds) {
  const actor = (voter: number) => ({ id: `voter ${voter}`, name: 'Somebody' })
  const options = ids.map((id) => ({ id, title: id }))
  const texts = { title: 'Which?', description: '' }
  const facts: EventFacts = { type: 'created', ...texts, method: 'score', optionsOpen: true, options }
  const state: PollState = begin('poll', { revision: 1, actor: actor(0), at, facts })
  for (const [voter, points] of ballots.entries()) {
    const choices = picks(...Object.entries(points).map(([id, given]) => `${id}=${given}`))
    apply(state, { revision: voter + 2, actor: actor(voter), at, facts: { type: 'voted', choices } })
  }
  return { poll: state.poll, outcome: outcomeOf(state.poll) }
}

const sum = (ballots: readonly Points[], id: string) => ballots.reduce((total, points) => total + (points[id] ?? 0), 0)

// The textbook's towns in Tennessee and how many live in each, with points by how far away the others are.
test('the capital of Tennessee', () => {
  const ids = ['Memphis', 'Nashville', 'Chattanooga', 'Knoxville']
  const groups: [voters: number, points: number[]][] = [
    [42, [5, 2, 1, 0]],
    [26, [0, 5, 2, 1]],
    [15, [0, 3, 5, 3]],
    [17, [0, 2, 3, 5]],
  ]
  const ballots = groups.flatMap(([voters, points]) =>
    Array<Points>(voters).fill(Object.fromEntries(ids.map((id, place) => [id, points[place] ?? 0]))),
  )
  expect(counted(ballots, ids).outcome).toEqual({ kind: 'winner', options: ['Nashville'], votes: 293 })
})

test('each option has the sum of its points, and the largest sum wins', () => {
  fc.assert(
    fc.property(anyBallots, (ballots) => {
      const { poll, outcome } = counted(ballots)
      expect(poll.options.map(({ votes }) => votes)).toEqual(optionIds.map((id) => sum(ballots, id)))
      const most = Math.max(...optionIds.map((id) => sum(ballots, id)))
      const first = optionIds.filter((id) => sum(ballots, id) === most)
      if (ballots.length > 0) expect(outcome).toMatchObject({ options: most > 0 ? first : [], votes: most })
    }),
  )
})

test('the outcome does not depend on the order of ballots or options', () => {
  fc.assert(
    fc.property(anyBallots, (ballots) => {
      const turned = counted(ballots.toReversed(), optionIds.toReversed()).outcome
      expect(new Set(turned?.options)).toEqual(new Set(counted(ballots).outcome?.options))
    }),
  )
})

test('a winner with more points still wins', () => {
  fc.assert(
    fc.property(anyBallots, fc.nat(), (ballots, chance) => {
      const [winner] = counted(ballots).outcome?.options ?? []
      fc.pre(winner !== undefined)
      const raised = ballots.map((points, index) =>
        index === chance % ballots.length ? { ...points, [winner]: 5 } : points,
      )
      expect(counted(raised).outcome?.options).toContain(winner)
    }),
  )
})

test('an option without points makes no difference', () => {
  fc.assert(
    fc.property(anyBallots, (ballots) => {
      fc.pre(ballots.some((points) => Object.values(points).some((given) => given > 0)))
      expect(counted(ballots, [...optionIds, 'nobody’s']).outcome).toEqual(counted(ballots).outcome)
    }),
  )
})
