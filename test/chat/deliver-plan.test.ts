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

/** The plan by revisions, and how often it asked the pace when votes may be posted. */
function planned(at: DeliveryCursor, events: PollEvent[], waitMs = 0) {
  let asked = 0
  const { messages, through, moreAfterMs } = planOf(at, events, () => {
    asked += 1
    return waitMs
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
    expect(planned(place(), eventsOf('cvv'), 700)).toEqual([[[1], [2]], 2, 700, 1])
    expect(planned(place(), eventsOf('cvvvvvv'), 700)).toEqual([[[1]], 1, 700, 1])
    expect(planned(place({ revision: 4 }), eventsOf('v', 4), 700)).toEqual([[], 4, 700, 1])
  })

  test('does not wait for votes that cannot be combined', () => {
    expect(planned(place(), eventsOf('vvc'), 700)).toEqual([[[1], [2], [3]], 3, undefined, 0])
    expect(planned(place(), eventsOf('g'), 700)).toEqual([[[1]], 1, undefined, 0])
  })

  test('finishes the message in flight, and defers votes only after it', () => {
    expect(planned(place({ inFlightRevision: 6 }), eventsOf('vvvvvv'), 700)).toEqual([
      [[1, 2, 3, 4, 5, 6]],
      6,
      undefined,
      0,
    ])
    expect(planned(place({ inFlightRevision: 6 }), eventsOf('vvvvvvv'), 700)).toEqual([[[1, 2, 3, 4, 5, 6]], 6, 700, 1])
    expect(planned(place({ inFlightRevision: 2 }, ['votes']), eventsOf('vcv'), 0)).toEqual([
      [[1], [2], [3]],
      3,
      undefined,
      1,
    ])
    expect(planned(place({ inFlightRevision: 2 }, []), eventsOf('vcv'))).toEqual([[[2]], 3, undefined, 0])
  })

  test('continues at once after a full page of events', () => {
    const many = eventsOf('v'.repeat(maxEvents))
    const [messages, ...rest] = planned(place(), many, 700)
    expect([messages, ...rest]).toEqual([[many.map(({ revision }) => revision)], maxEvents, 0, 0])
    expect(planned(place(), many.slice(1), 700).slice(1)).toEqual([1, 700, 1])
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
