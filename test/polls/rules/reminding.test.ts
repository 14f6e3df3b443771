import { expect, test } from 'vitest'
import { nextReminder, reminderTime } from '../../../src/polls/rules/managing/reminding.ts'

const at = (text: string) => new Date(`2026-03-01T${text}:00Z`)

test('the creator may remind again after an hour', () => {
  expect(nextReminder({ remindedAt: null }, at('12:00'))).toBeNull()
  expect(nextReminder({ remindedAt: at('12:00') }, at('12:59'))).toEqual(at('13:00'))
  expect(nextReminder({ remindedAt: at('12:00') }, at('13:00'))).toBeNull()
})

test('the set time is so many hours before the closing time', () => {
  expect(reminderTime({ remindHours: 2, closesAt: at('12:00') })).toEqual(at('10:00'))
  expect(reminderTime({ remindHours: null, closesAt: at('12:00') })).toBeNull()
  expect(reminderTime({ remindHours: 2, closesAt: null })).toBeNull()
})
