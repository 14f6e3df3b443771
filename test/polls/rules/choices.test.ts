import { expect, test } from 'vitest'
import { gradeOf, optionOf, saidOfAll, sameChoices } from '../../../src/polls/model/choices.ts'
import type { PollMethod } from '../../../src/polls/model/poll-rules.ts'
import { OneBatch } from '../../support/one-batch.ts'

test.each<[PollMethod, string[], string[]]>([
  ['score', ['sushi=3'], ['pizza=0', 'sushi=3', 'falafel=0']],
  ['dates', ['falafel=if_need_be', 'pizza=yes'], ['pizza=yes', 'sushi=no', 'falafel=if_need_be']],
  ['ranked', ['sushi', 'pizza'], ['sushi', 'pizza']],
  ['single_choice', ['sushi'], ['sushi']],
])('in a poll by %s, the choices %j mean %j for each option', (method, choices, said) => {
  const { options } = new OneBatch().poll
  expect(saidOfAll({ method, options }, choices)).toEqual(said)
})

test('a choice names an option, and may have a value', () => {
  expect(['pizza', 'pizza=3', 'pizza=if_need_be'].map((one) => [optionOf(one), gradeOf(one)])).toEqual([
    ['pizza', ''],
    ['pizza', '3'],
    ['pizza', 'if need be'],
  ])
})

test('choices are equal if each is equal, in the same order', () => {
  expect(sameChoices(['a', 'b'], ['a', 'b'])).toBe(true)
  expect(sameChoices(['a', 'b'], ['b', 'a'])).toBe(false)
  expect(sameChoices(['a', 'b'], ['a', 'c'])).toBe(false)
  expect(sameChoices(['a'], ['a', 'b'])).toBe(false)
  expect(sameChoices([], [])).toBe(true)
})
