import { describe, expect, test } from 'vitest'
import type { DeliveryCursor } from '../../src/chat/delivery/cursor.ts'
import { isMoveNotice, maxEvents, planOf } from '../../src/chat/delivery/plan.ts'
import { eventKinds } from '../../src/chat/wording.ts'
import type { EventFacts, PollEvent } from '../../src/polls/model/events.ts'
import { eventsOf } from '../support/events-of.ts'

const place = (change: Partial<DeliveryCursor> = {}, kinds: string[] = [...eventKinds]) =>
  ({
    revision: 0,
    inFlightRevision: null,
    finalRevision: null,
    ...change,
    connection: { eventKinds: kinds },
  }) as DeliveryCursor

const hold = { quietMs: 5_000, maxMs: 30_000 }
type Asked = { paceMs?: number; now?: number }

/**
 * The plan by revisions, and how often it asked the pace when votes may be posted. All events are at the time 0, and, if not
 * given, it is the time at which votes are no longer held.
 */
function planned(at: DeliveryCursor, events: PollEvent[], { paceMs = 0, now = hold.quietMs }: Asked = {}) {
  let asked = 0
  const { messages, through, moreAfterMs } = planOf(at, events, {
    now: new Date(now),
    hold,
    votesWaitMs: () => {
      asked += 1
      return paceMs
    },
  })
  return [messages.map((told) => told.map(({ revision }) => revision)), through, moreAfterMs, asked]
}

describe('a plan', () => {
  test('holds all events, and moves the cursor to the last revision', () => {
    expect(planned(place(), eventsOf('ecv'))).toEqual([[[1], [2], [3]], 3, undefined, 1])
    expect(planned(place({ revision: 3 }), eventsOf('c', 3))).toEqual([[[4]], 4, undefined, 0])
    expect(planned(place({ revision: 3 }), [])).toEqual([[], 3, undefined, 0])
  })

  test('skips unwanted events', () => {
    expect(planned(place({}, ['comments']), eventsOf('vcv'))).toEqual([[[2]], 3, undefined, 0])
    expect(planned(place({}, []), eventsOf('vv'))).toEqual([[], 2, undefined, 0])
  })

  test('defers votes that may still be combined, when the thread is over its pace', () => {
    expect(planned(place(), eventsOf('cvv'), { paceMs: 700 })).toEqual([[[1], [2]], 2, 700, 1])
    expect(planned(place(), eventsOf('cvvvvvv'), { paceMs: 700 })).toEqual([[[1]], 1, 700, 1])
    expect(planned(place({ revision: 4 }), eventsOf('v', 4), { paceMs: 700 })).toEqual([[], 4, 700, 1])
  })

  test('does not wait for votes that cannot be combined', () => {
    expect(planned(place(), eventsOf('vvc'), { paceMs: 700 })).toEqual([[[1], [2], [3]], 3, undefined, 0])
    expect(planned(place(), eventsOf('g'), { paceMs: 700 })).toEqual([[[1]], 1, undefined, 0])
  })

  test('finishes the message in flight, and defers votes only after it', () => {
    expect(planned(place({ inFlightRevision: 6 }), eventsOf('vvvvvv'), { paceMs: 700 })).toEqual([
      [[1, 2, 3, 4, 5, 6]],
      6,
      undefined,
      0,
    ])
    expect(planned(place({ inFlightRevision: 6 }), eventsOf('vvvvvvv'), { paceMs: 700 })).toEqual([
      [[1, 2, 3, 4, 5, 6]],
      6,
      700,
      1,
    ])
    expect(planned(place({ inFlightRevision: 2 }, ['votes']), eventsOf('vcv'), { paceMs: 0 })).toEqual([
      [[1], [2], [3]],
      3,
      undefined,
      1,
    ])
    expect(planned(place({ inFlightRevision: 2 }, []), eventsOf('vcv'))).toEqual([[[2]], 3, undefined, 0])
  })

  test('continues at once after a full page of events', () => {
    const many = eventsOf('v'.repeat(maxEvents))
    const [messages, ...rest] = planned(place(), many, { paceMs: 700 })
    expect([messages, ...rest]).toEqual([[many.map(({ revision }) => revision)], maxEvents, 0, 0])
    expect(planned(place(), many.slice(1), { paceMs: 700 }).slice(1)).toEqual([1, 700, 1])
  })

  test('says that the poll moved away, whatever the filter', () => {
    const edited = { type: 'edited', category: { from: 'Food', to: 'Games' } } as const
    const events = eventsOf('cvc').map((event) => (event.revision === 2 ? { ...event, facts: edited } : event))
    expect(planned(place({ finalRevision: 2 }, []), events.slice(0, 2))).toEqual([[[2]], 2, undefined, 0])
    expect(planned(place({ finalRevision: 3 }, []), events)).toEqual([[], 3, undefined, 0])
    const [, moved] = events as [PollEvent, PollEvent]
    expect(isMoveNotice(place({ finalRevision: 2 }), moved)).toBe(true)
    expect(isMoveNotice(place({ finalRevision: 3 }), moved)).toBe(false)
    expect(isMoveNotice(place(), moved)).toBe(false)
    expect(isMoveNotice(place({ finalRevision: 2 }), { ...moved, facts: { type: 'edited' } })).toBe(false)
    const created = { ...edited, type: 'created' } as unknown as EventFacts
    expect(isMoveNotice(place({ finalRevision: 2 }), { ...moved, facts: created })).toBe(false)
  })
})

describe('votes', () => {
  /** Each event of the log so many milliseconds after the one before. */
  const every = (ms: number, letters: string) =>
    eventsOf(letters).map((event, index) => ({ ...event, at: new Date(index * ms) }))

  test('are held until nobody has voted again for a short while, and changes are one message', () => {
    expect(planned(place(), eventsOf('A'), { now: 0 })).toEqual([[], 0, 1_000, 0])
    expect(planned(place(), eventsOf('AAA'), { now: 4_900 })).toEqual([[], 0, 100, 0])
    expect(planned(place(), eventsOf('AAA'), { now: 5_000 })).toEqual([[[1, 2, 3]], 3, undefined, 1])
    expect(planned(place(), every(4_000, 'AAA'), { now: 12_900 })).toEqual([[], 0, 100, 0])
    expect(planned(place(), every(4_000, 'AAA'), { now: 13_000 })).toEqual([[[1, 2, 3]], 3, undefined, 1])
  })

  test('are held for half a minute at most', () => {
    expect(planned(place(), every(3_000, 'AAAAAAAAAA'), { now: 29_900 })).toEqual([[], 0, 100, 0])
    expect(planned(place(), every(3_000, 'AAAAAAAAAA'), { now: 30_000 }).slice(1)).toEqual([10, undefined, 1])
  })

  test('of a person do not wait for those of others who vote later', () => {
    expect(planned(place(), every(2_000, 'vvvv'), { now: 6_000 })).toEqual([[[1]], 1, 1_000, 1])
    expect(planned(place(), every(2_000, 'AvAv'), { now: 8_000 })).toEqual([[], 0, 1_000, 0])
    expect(planned(place(), every(2_000, 'AvAv'), { now: 9_000 })).toEqual([[[1, 2, 3]], 3, 1_000, 1])
    expect(planned(place(), every(500, 'vvvvvvvvvvvv'), { now: 7_600 })).toEqual([[[1, 2, 3, 4, 5, 6]], 6, 400, 1])
  })

  test('make nothing else wait: what comes after them ends the wait, in the order of the log', () => {
    expect(planned(place(), eventsOf('AAc'), { now: 0 })).toEqual([[[1, 2], [3]], 3, undefined, 0])
    expect(planned(place(), eventsOf('cAA'), { now: 0 })).toEqual([[[1]], 1, 1_000, 0])
    expect(planned(place(), eventsOf('AcA'), { now: 0 })).toEqual([[[1], [2]], 2, 1_000, 0])
  })

  test('in flight are posted again at once', () => {
    const at = place({ revision: 4, inFlightRevision: 5 })
    expect(planned(at, eventsOf('AA', 4), { now: 0 })).toEqual([[[5]], 5, 1_000, 0])
  })

  test('are not waited for where the connection wants none', () => {
    expect(planned(place({}, ['comments']), eventsOf('AA'), { now: 0 })).toEqual([[], 2, undefined, 0])
  })
})
