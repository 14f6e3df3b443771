import { expect, test } from 'vitest'
import { categoryKey, isAmong } from '../../src/polls/model/keys.ts'

test('categories are the same however they are written', () => {
  expect(new Set(['Straße', 'STRASSE', 'straße ', 'ＳＴＲＡＳＳＥ'].map(categoryKey)).size).toBe(1)
  expect(categoryKey('Food')).not.toBe(categoryKey('Foods'))
})

test.each([
  [['Food', 'Games'], 'food', true],
  [['FOOD'], 'Food', true],
  [['Games'], 'Food', false],
  [[], 'Food', false],
  [[''], '', false],
])('among %j, %j: %s', (categories, category, expected) => {
  expect(isAmong(categories, category)).toBe(expected)
})
