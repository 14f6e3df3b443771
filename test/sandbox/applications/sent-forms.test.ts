import { expect, test } from 'vitest'
import { SentForms } from '../../../src/sandbox/applications/sent-forms.ts'

test('the oldest of 500 forms is forgotten first, and made-up keys are not kept', () => {
  const forms = new SentForms<number>()
  let performed = 0
  const send = (key: string) => forms.once(key, () => ++performed)
  const keys = Array.from({ length: 501 }, () => forms.newKey())
  for (const key of keys) send(key)
  expect(performed).toBe(501)
  expect(send(keys[1] ?? '')).toBe(2)
  expect(send(keys[0] ?? '')).toBe(502)
  expect([send('made up'), send('made up')]).toEqual([503, 504])
})
