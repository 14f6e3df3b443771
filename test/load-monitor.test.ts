import { describe, expect, test } from 'vitest'
import { type Load, LoadMonitor, loopDelay, ranks } from '../src/server/load-monitor.ts'

const calm: Load = { delayMs: 20, poolWaiting: 60, commandsWaiting: 64 }

/** The ranks that are refused after these measurements. */
function refusedAfter(...loads: Partial<Load>[]): string[] {
  const monitor = new LoadMonitor()
  for (const load of loads) monitor.note({ ...calm, ...load })
  return ranks.filter((rank) => monitor.sheds(rank))
}

const thrice = (load: Partial<Load>) => refusedAfter(load, load, load)

test('a machine below the limits refuses nothing', () => {
  expect(thrice({})).toEqual([])
  expect(thrice({ delayMs: 450, poolWaiting: 190, commandsWaiting: 3_900 })).toEqual([])
})

describe.each([
  ['a late event loop', 'delayMs', [700, 3_000, 9_000]],
  ['a full pool', 'poolWaiting', [300, 500, 3_000]],
] as const)('%s', (_name, measure, [some, more, most]) => {
  test('refuses reads first, and votes last', () => {
    expect(thrice({ [measure]: some })).toEqual(['reads'])
    expect(thrice({ [measure]: more })).toEqual(['reads', 'changes'])
    expect(thrice({ [measure]: most })).toEqual(['reads', 'changes', 'votes'])
  })
})

test('a full ballot box refuses everything except votes, which it limits itself', () => {
  expect(thrice({ commandsWaiting: 5_000 })).toEqual(['reads'])
  expect(thrice({ commandsWaiting: 20_000 })).toEqual(['reads', 'changes'])
})

test('fewer than three measurements in a row change nothing, high or low', () => {
  const late = { delayMs: 700 }
  expect(refusedAfter(late, late)).toEqual([])
  expect(refusedAfter(late, late, {}, late, late)).toEqual([])
  expect(refusedAfter(late, late, late, {}, {})).toEqual(['reads'])
  expect(refusedAfter(late, late, late, {}, {}, {})).toEqual([])
  expect(refusedAfter({ delayMs: 9_000 }, late, late, late)).toEqual(['reads'])
})

test('an event loop that is blocked between two checks is as late as the check', () => {
  expect(loopDelay(20, 5, 1_000)).toBe(20)
  expect(loopDelay(400, 700, 1_000)).toBe(700)
  expect(loopDelay(Number.POSITIVE_INFINITY, 300, 1_000)).toBe(1_000)
  expect(loopDelay(Number.POSITIVE_INFINITY, 6_000, 1_000)).toBe(6_000)
})
