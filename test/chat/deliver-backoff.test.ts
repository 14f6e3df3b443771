import fc from 'fast-check'
import { expect, test } from 'vitest'
import { backoffMs, defaultBackoff } from '../../src/chat/delivery/backoff.ts'
import { minute, second } from '../support/clock.ts'

test.each([
  [1, second],
  [2, 2 * second],
  [5, 16 * second],
  [10, 512 * second],
  [11, 15 * minute],
  [1_000, 15 * minute],
])('the backoff after %i attempts is at most %i ms', (attempts, most) => {
  expect(backoffMs(defaultBackoff, attempts, 1)).toBe(most)
  expect(backoffMs(defaultBackoff, attempts, 0.5)).toBe(most / 2)
  expect(backoffMs(defaultBackoff, attempts, 0)).toBe(0)
})

test('the backoff is never less than the chat asked for', () => {
  expect(backoffMs(defaultBackoff, 1, 1, minute)).toBe(minute)
  expect(backoffMs(defaultBackoff, 20, 1, minute)).toBe(15 * minute)
})

test('the backoff is always a whole number of milliseconds within its bounds', () => {
  const chance = fc.double({ min: 0, max: 1, noNaN: true })
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1e9 }), chance, (attempts, chance) => {
      const ms = backoffMs(defaultBackoff, attempts, chance)
      expect(Number.isInteger(ms) && ms >= 0 && ms <= defaultBackoff.maxMs).toBe(true)
    }),
  )
})
