import { expect, test } from 'vitest'
import { canaryError } from './canary-error.ts'

test('the canary of the unit tests fails', () => {
  expect(false, canaryError).toBe(true)
})
