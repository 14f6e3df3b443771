import { expect, test } from 'vitest'
import { Pace } from '../../src/chat/delivery/pace.ts'

let now = 0
const newPace = () => new Pace(1_000, () => now)

test('a few votes are posted at once, then one a second', () => {
  const pace = newPace()
  expect([1, 2, 3, 4, 5, 6].map(() => pace.take('lunch'))).toEqual([0, 0, 0, 0, 0, 1_000])
  now += 600
  expect(pace.take('lunch')).toBe(400)
  now += 400
  expect(pace.take('lunch')).toBe(0)
  expect(pace.take('lunch')).toBe(1_000)
})

test('a pause allows the same few at once again, and no more', () => {
  const pace = newPace()
  for (const _ of [1, 2, 3, 4, 5]) pace.take('lunch')
  now += 3_600_000
  expect([1, 2, 3, 4, 5, 6].map(() => pace.take('lunch'))).toEqual([0, 0, 0, 0, 0, 1_000])
})

test('the pace uses the clock of the process', () => {
  const pace = new Pace(60_000)
  expect([1, 2, 3, 4, 5].map(() => pace.take('lunch'))).toEqual([0, 0, 0, 0, 0])
  expect(pace.take('lunch')).toBeGreaterThan(0)
})

test('every thread has its own pace', () => {
  const pace = newPace()
  for (const _ of [1, 2, 3, 4, 5, 6]) pace.take('lunch')
  expect(pace.take('dinner')).toBe(0)
})
