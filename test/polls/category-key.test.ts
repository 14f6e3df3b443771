import { expect, test } from 'vitest'
import { categoryKey, isAmong } from '../../src/polls/model/keys.ts'

test('categories are equal in any spelling', () => {
  expect(new Set(['Straße', 'STRASSE', 'straße ', 'ＳＴＲＡＳＳＥ'].map(categoryKey)).size).toBe(1)
  expect(categoryKey('Food')).not.toBe(categoryKey('Foods'))
})

test.each([
  [['Food', 'Games'], 'food', true],
  [['FOOD'], 'Food', true],
  [['Games'], 'Food', false],
  [[], 'Food', false],
  [[''], '', false],
])('the categories %j include %j: %s', (categories, category, expected) => {
  expect(isAmong(categories, category)).toBe(expected)
})
