import fc from 'fast-check'
import { expect, test } from 'vitest'
import { dates } from '../../../src/polls/counting/dates.ts'
import { availabilities } from '../../../src/polls/model/choices/choices.ts'
import type { EventFacts } from '../../../src/polls/model/events.ts'
import { apply } from '../../../src/polls/rules/apply.ts'
import { begin } from '../../../src/polls/rules/creation.ts'
import { at } from '../../support/entries.ts'
import { picks } from '../../support/picks.ts'
import { optionIds } from '../../support/rankings.ts'

type Answer = Record<string, string>

function counted(answers: readonly Answer[], ids: readonly string[] = optionIds) {
  const actor = (voter: number) => ({ id: `voter ${voter}`, name: 'Somebody' })
  const options = ids.map((id) => ({ id, title: '2026-12-24' }))
  const texts = { title: 'When?', description: '' }
  const facts: EventFacts = { type: 'created', ...texts, method: 'dates', optionsOpen: true, options }
  const state = begin('poll', { revision: 1, actor: actor(0), at, facts })
  for (const [voter, answer] of answers.entries()) {
    const choices = picks(...Object.entries(answer).map(([id, said]) => `${id}=${said}`))
    apply(state, { revision: voter + 2, actor: actor(voter), at, facts: { type: 'voted', choices } })
  }
  return { options: state.poll.options, outcome: dates.outcome(state.poll) }
}

test('the best date has most people who can come, including if need be', () => {
  const answers = [
    { A: 'yes', B: 'if_need_be' },
    { A: 'yes', B: 'yes' },
    { A: 'no', B: 'if_need_be' },
  ]
  expect(counted(answers).outcome).toEqual({ kind: 'winner', options: ['B'], votes: 3 })
})

test('of several such dates, the one with most yes answers is best', () => {
  const answers = [
    { A: 'if_need_be', B: 'yes' },
    { A: 'yes', B: 'yes' },
  ]
  expect(counted(answers).outcome).toEqual({ kind: 'winner', options: ['B'], votes: 2 })
})

test('dates that are equal in both are tied', () => {
  expect(counted([{ A: 'yes', C: 'yes' }]).outcome).toEqual({ kind: 'tie', options: ['A', 'C'], votes: 1 })
  expect(counted([], ['A', 'B']).outcome).toEqual({ kind: 'no_votes', options: [], votes: 0 })
})

test('no date is best if nobody can make any', () => {
  const nobody = { kind: 'no_support', options: [], votes: 0 }
  expect(counted([{ A: 'no' }], ['A', 'B']).outcome).toEqual(nobody)
  expect(counted([{ A: 'no', B: 'no' }, { B: 'no' }], ['A', 'B']).outcome).toEqual(nobody)
})

test.each([
  [['a=yes', 'b=if_need_be', 'c=no'], null],
  [[], 'Answer for at least one date.'],
  [['a=yes', 'a=no'], 'Answer only once for each date.'],
  ...['a', 'a=', 'a=maybe', 'a=YES', 'a=1', 'a=yes=no', 'a= yes'].map((choice): [string[], string] => [
    [choice],
    'Say yes, if_need_be or no for each date.',
  ]),
])('validation of the answer %j says: %s', (choices, problem) => {
  expect(dates.problemWithChoices(picks(...choices), { maxChoices: null })).toBe(problem)
})

const anyAnswers = fc.array(
  fc.dictionary(fc.constantFrom(...optionIds), fc.constantFrom(...availabilities), { minKeys: 1 }),
  { maxLength: 10 },
)

test('the outcome equals a simple recount for any answers', () => {
  fc.assert(
    fc.property(anyAnswers, (answers) => {
      const saying = (id: string, ...what: string[]) =>
        answers.filter((answer) => what.includes(answer[id] ?? '')).length
      const { options, outcome } = counted(answers)
      for (const { id, votes, maybes } of options)
        expect([votes, maybes]).toEqual([saying(id, 'yes'), saying(id, 'if_need_be')])
      const isNobody = options.every(({ votes, maybes }) => votes + maybes === 0)
      const better = (one: string, other: string) =>
        saying(one, 'yes', 'if_need_be') - saying(other, 'yes', 'if_need_be') ||
        saying(one, 'yes') - saying(other, 'yes')
      const best = optionIds.filter((id) => optionIds.every((other) => better(id, other) >= 0))
      expect(outcome?.options).toEqual(isNobody ? [] : best)
    }),
  )
})

test('the order of answers makes no difference', () => {
  fc.assert(
    fc.property(anyAnswers, (answers) => {
      expect(counted(answers.toReversed())).toEqual(counted(answers))
    }),
  )
})
