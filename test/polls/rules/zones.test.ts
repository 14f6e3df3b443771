import { expect, test } from 'vitest'
import type { Command } from '../../../src/polls/model/commands.ts'
import { cast, close, OneBatch, refused } from '../../support/one-batch.ts'
import { ann, bob } from '../../support/poll-log.ts'

const toZone = (timeZone: string, more: object = {}) => ({ by: ann, type: 'edit', timeZone, ...more }) as Command
const options = ['2026-12-24T17:00Z', '2026-12-26', '2026-12-25T10:00Z/2026-12-25T12:00Z'].map((title, index) => ({
  ...{ id: `d${index}`, title },
}))
const dates = (asked: object = {}) => new OneBatch({ method: 'dates', timeZone: 'Europe/Berlin', options, ...asked })
const titles = ({ poll }: OneBatch) => poll.options.map(({ id, title }) => `${id} ${title}`)

test('a new zone keeps the clock times of dates, and shows voters the former times', () => {
  const batch = dates()
  batch.do(cast(bob, 'd0=yes'))
  const [edited] = batch.do(toZone('America/New_York'))
  expect(edited).toEqual({
    type: 'edited',
    timeZone: { from: 'Europe/Berlin', to: 'America/New_York' },
    movedDates: [
      { id: 'd0', from: '2026-12-24T17:00Z', to: '2026-12-24T23:00Z' },
      { id: 'd2', from: '2026-12-25T10:00Z/2026-12-25T12:00Z', to: '2026-12-25T16:00Z/2026-12-25T18:00Z' },
    ],
  })
  expect(titles(batch)).toEqual(['d0 2026-12-24T23:00Z', 'd2 2026-12-25T16:00Z/2026-12-25T18:00Z', 'd1 2026-12-26'])
  expect(batch.poll).toMatchObject({ timeZone: 'America/New_York' })
  expect(batch.poll.options.map(({ formerTitle }) => formerTitle)).toEqual([options[0]?.title, options[2]?.title, null])
  expect(batch.do(toZone('America/New_York'))).toEqual([])
  expect(batch.submit({ ...cast(bob, 'd0=no'), shownRevision: 2 } as Command)).toEqual(
    refused('option_renamed', 'choices'),
  )
})

test('a new zone moves proposals as well, and the closing time unless it is given', () => {
  const batch = dates({ optionsModerated: true, closesAt: '2026-12-20T11:00Z' })
  batch.do({ by: bob, type: 'addOption', option: { id: 'e', title: '2026-12-27T10:00Z' } })
  batch.do({ by: bob, type: 'addOption', option: { id: 'f', title: '2026-12-28T10:00Z' } })
  batch.do(toZone('UTC'))
  expect(batch.poll.proposals.map(({ id, title }) => [id, title])).toEqual([
    ['e', '2026-12-27T11:00Z'],
    ['f', '2026-12-28T11:00Z'],
  ])
  expect(batch.poll.closesAt).toEqual(new Date('2026-12-20T12:00Z'))
  batch.do(toZone('Asia/Kolkata', { closesAt: '2026-12-21T00:00Z' }))
  expect(batch.poll.closesAt).toEqual(new Date('2026-12-21T00:00Z'))
  const plain = new OneBatch({ closesAt: '2026-12-20T11:00Z' })
  expect(plain.do(toZone('Europe/Berlin'))).toEqual([
    {
      type: 'edited',
      timeZone: { from: null, to: 'Europe/Berlin' },
      closesAt: { from: '2026-12-20T11:00:00.000Z', to: '2026-12-20T10:00:00.000Z' },
    },
  ])
})

test('a closed poll keeps its zone, and so does a poll with a date that clocks would skip', () => {
  const closed = dates()
  closed.do(close)
  expect(closed.submit(toZone('UTC'))).toEqual(refused('poll_closed', 'timeZone'))
  const [first, second] = ['2027-03-28T02:00Z/2027-03-28T02:30Z', '2027-03-28T02:15Z/2027-03-28T03:15Z']
  const skipped = dates({ timeZone: 'UTC', options: [first, second].map((title, id) => ({ id: `d${id}`, title })) })
  expect(skipped.do(toZone('Africa/Lagos'))).toHaveLength(1)
  const same = ['2027-03-28T02:30Z', '2027-03-28T03:30Z'].map((title, id) => ({ id: `d${id}`, title }))
  expect(dates({ timeZone: 'UTC', options: same }).submit(toZone('Europe/Berlin'))).toEqual(
    refused('invalid_input', 'timeZone'),
  )
  const gap = dates({ timeZone: 'UTC', options: [{ id: 'd', title: '2027-03-28T02:30Z/2027-03-28T03:00Z' }] })
  expect(gap.submit(toZone('Europe/Berlin'))).toEqual(refused('invalid_input', 'timeZone'))
})

test('added and renamed dates are in order of time', () => {
  const batch = dates({ timeZone: 'UTC', options: options.slice(0, 1) })
  const add = (id: string, title: string) => batch.do({ by: bob, type: 'addOption', option: { id, title } })
  add('late', '2026-12-30')
  add('early', '2026-12-01')
  add('same', '2026-12-24T17:00Z/2026-12-24T18:00Z')
  expect(batch.poll.options.map(({ id }) => id)).toEqual(['early', 'd0', 'same', 'late'])
  batch.do({ by: ann, type: 'renameOption', optionId: 'early', title: '2026-12-31' })
  expect(batch.poll.options.map(({ id }) => id)).toEqual(['d0', 'same', 'late', 'early'])
})

test('a second rename of an option needs a confirmation', () => {
  const batch = new OneBatch()
  const rename = (title: string, shownRevision: number) =>
    ({ by: ann, type: 'renameOption', optionId: 'pizza', title, shownRevision }) as Command
  batch.do(rename('Pinsa', 1))
  expect(batch.submit(rename('Calzone', 1))).toEqual(refused('revision_mismatch', 'title'))
  expect(batch.submit(rename('Calzone', 1))).toMatchObject({ message: expect.stringContaining('is “Pinsa” now') })
  expect(batch.do(rename('Pinsa', 1))).toEqual([])
  expect(batch.do(rename('Calzone', 2))).toHaveLength(1)
})
