import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Live, type PollChange } from '../../src/live/live.ts'
import { pollChange } from '../support/poll-change.ts'

let live: Live
let heard: PollChange[]
let unsubscribe: () => void

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  live = new Live()
  heard = []
  unsubscribe = live.subscribe({ id: 'lunch', revision: 1 }, (change) => void heard.push(change))
})

afterEach(() => {
  vi.useRealTimers()
})

test('an event after a quiet time arrives at once', () => {
  live.publish([pollChange('lunch', 1, 2)])
  expect(heard).toEqual([pollChange('lunch', 1, 2)])
})

test('events within 250 ms arrive together at its end', () => {
  live.publish([pollChange('lunch', 1, 2)])
  live.publish([pollChange('lunch', 2, 3)])
  live.publish([pollChange('lunch', 3, 7)])
  vi.advanceTimersByTime(249)
  expect(heard).toHaveLength(1)
  vi.advanceTimersByTime(1)
  expect(heard.slice(1)).toEqual([pollChange('lunch', 2, 7)])
})

test('listeners hear at most four times a second, without a gap', () => {
  for (let revision = 1; revision <= 1_000; revision++) {
    live.publish([pollChange('lunch', revision, revision + 1)])
    vi.advanceTimersByTime(10)
  }
  vi.advanceTimersByTime(250)
  expect(heard).toHaveLength(41)
  expect(heard.flatMap(({ events }) => events.map(({ revision }) => revision))).toEqual(
    Array.from({ length: 1_000 }, (_, index) => index + 2),
  )
  expect(heard.map(({ previous }) => previous)).toEqual([1, ...heard.slice(0, -1).map(({ poll }) => poll.revision)])
})

test('a gap shows the missing events of another process', () => {
  live.publish([pollChange('lunch', 1, 2)])
  live.publish([pollChange('lunch', 2, 3)])
  live.publish([pollChange('lunch', 5, 6)])
  vi.advanceTimersByTime(250)
  expect(heard.slice(1)).toEqual([pollChange('lunch', 5, 6)])
})

test('after 250 quiet milliseconds the next event arrives at once again', () => {
  live.publish([pollChange('lunch', 1, 2)])
  vi.advanceTimersByTime(250)
  live.publish([pollChange('lunch', 2, 3)])
  expect(heard).toHaveLength(2)
})

test('each poll has its own pace and its own listeners', () => {
  const dinner: PollChange[] = []
  live.subscribe({ id: 'dinner', revision: 1 }, (change) => void dinner.push(change))
  live.publish([pollChange('lunch', 1, 2), pollChange('dinner', 5, 6), pollChange('breakfast', 8, 9)])
  expect(heard).toEqual([pollChange('lunch', 1, 2)])
  expect(dinner).toEqual([pollChange('dinner', 5, 6)])
})

test('all listeners of a poll get the same events', () => {
  const other: PollChange[] = []
  live.subscribe({ id: 'lunch', revision: 1 }, (change) => void other.push(change))
  live.publish([pollChange('lunch', 1, 2)])
  live.publish([pollChange('lunch', 2, 3)])
  vi.advanceTimersByTime(250)
  expect(other).toEqual(heard)
})

test('an unsubscribed listener gets nothing more, and leaves no timer', () => {
  live.publish([pollChange('lunch', 1, 2)])
  live.publish([pollChange('lunch', 2, 3)])
  unsubscribe()
  vi.advanceTimersByTime(1_000)
  expect(heard).toHaveLength(1)
  expect(vi.getTimerCount()).toBe(0)
})

test('unsubscribing twice does not end another subscription', () => {
  unsubscribe()
  const other: PollChange[] = []
  live.subscribe({ id: 'lunch', revision: 1 }, (change) => void other.push(change))
  unsubscribe()
  live.publish([pollChange('lunch', 1, 2)])
  expect(other).toHaveLength(1)
})
