import { expect, test } from 'vitest'
import { inOrder, saidOfAll, sameChoices } from '../../../src/polls/model/choices/choices.ts'
import type { PollMethod } from '../../../src/polls/model/poll-rules.ts'
import { OneBatch } from '../../support/one-batch.ts'
import { picks } from '../../support/picks.ts'

test.each<[PollMethod, string[], string[]]>([
  ['score', ['sushi=3'], ['pizza=0', 'sushi=3', 'falafel=0']],
  ['dates', ['falafel=if_need_be', 'pizza=yes'], ['pizza=yes', 'sushi=no', 'falafel=if_need_be']],
  ['ranked', ['sushi', 'pizza'], ['sushi', 'pizza']],
  ['single_choice', ['sushi'], ['sushi']],
])('in a poll by %s, the choices %j mean %j for each option', (method, choices, said) => {
  const { options } = new OneBatch().poll
  expect(saidOfAll({ method, options }, picks(...choices))).toEqual(picks(...said))
})

test('choices are equal if each is equal, in the same order', () => {
  expect(sameChoices(picks('a', 'b'), picks('a', 'b'))).toBe(true)
  expect(sameChoices(picks('a', 'b'), picks('b', 'a'))).toBe(false)
  expect(sameChoices(picks('a', 'b'), picks('a', 'c'))).toBe(false)
  expect(sameChoices(picks('a'), picks('a', 'b'))).toBe(false)
  expect(sameChoices(picks('a=1'), picks('a=2'))).toBe(false)
  expect(sameChoices(picks('a=0'), picks('a'))).toBe(false)
  expect(sameChoices([], [])).toBe(true)
})

test.each<[PollMethod, string]>([
  ['single_choice', 'pizza=3'],
  ['multiple_choice', 'pizza=yes'],
  ['ranked', 'pizza=1'],
  ['score', 'pizza'],
  ['score', 'pizza=yes'],
  ['dates', 'pizza'],
  ['dates', 'pizza=3'],
])('in a poll by %s, %s is no choice', (method, choice) => {
  const { options } = new OneBatch().poll
  expect(inOrder({ method, options }, picks(choice))).toBeUndefined()
})
