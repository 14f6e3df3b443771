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

type Asked = { paceMs?: number; now?: number; votedAt?: [string, Date][] }

/** The plan by revisions, and how often it asked the pace when votes may be posted. All events are at the time 0. */
function planned(at: DeliveryCursor, events: PollEvent[], { paceMs = 0, now = 0, votedAt = [] }: Asked = {}) {
  let asked = 0
  const { messages, through, moreAfterMs } = planOf(at, events, {
    now: new Date(now),
    hold: { quietMs: 15_000, maxMs: 60_000 },
    votedAt: new Map(votedAt),
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

describe('a person who keeps changing', () => {
  const justVoted: Asked = { votedAt: [['A', new Date(-5_000)]] }
  const change = (letters: string, revision = 4) => eventsOf(letters, revision)

  test('has the first vote posted at once, with the changes that are there already', () => {
    expect(planned(place(), eventsOf('A'))).toEqual([[[1]], 1, undefined, 1])
    expect(planned(place(), eventsOf('AAA'))).toEqual([[[1, 2, 3]], 3, undefined, 1])
    expect(planned(place({ revision: 4 }), change('A'))).toEqual([[[5]], 5, undefined, 1])
  })

  test('has later changes held until nothing has changed for a short while', () => {
    const at = place({ revision: 4 })
    expect(planned(at, change('AAA'), justVoted)).toEqual([[], 4, 1_000, 0])
    expect(planned(at, change('AAA'), { ...justVoted, now: 14_900 })).toEqual([[], 4, 100, 0])
    expect(planned(at, change('AAA'), { ...justVoted, now: 15_000 })).toEqual([[[5, 6, 7]], 7, undefined, 1])
    const longAgo: Asked = { votedAt: [['A', new Date(-15_001)]] }
    expect(planned(at, change('AAA'), longAgo)).toEqual([[[5, 6, 7]], 7, undefined, 1])
  })

  test('has them held for a minute at most', () => {
    const events = change('AAAAAAA').map((event, index) => ({ ...event, at: new Date(index * 10_000) }))
    const at = place({ revision: 4 })
    expect(planned(at, events.slice(0, 6), { ...justVoted, now: 59_900 })).toEqual([[], 4, 100, 0])
    expect(planned(at, events, { ...justVoted, now: 60_000 })).toEqual([[[5, 6, 7, 8, 9, 10, 11]], 11, undefined, 1])
  })

  test('makes nobody else wait: what comes after it ends the wait, in the order of the log', () => {
    const at = place({ revision: 4 })
    expect(planned(at, change('AAv'), justVoted)).toEqual([[[5, 6], [7]], 7, undefined, 1])
    expect(planned(at, change('AAc'), justVoted)).toEqual([[[5, 6], [7]], 7, undefined, 0])
    expect(planned(at, change('vAA'), justVoted)).toEqual([[[5]], 5, 1_000, 1])
    expect(planned(at, change('AcA'), justVoted)).toEqual([[[5], [6]], 6, 1_000, 0])
  })

  test('has them held together with the changes of others', () => {
    const both: Asked = { votedAt: [...(justVoted.votedAt ?? []), ['B', new Date(-5_000)]] }
    expect(planned(place({ revision: 4 }), change('ABA'), both)).toEqual([[], 4, 1_000, 0])
    expect(planned(place({ revision: 4 }), change('ABA'), { ...both, now: 15_000 })).toEqual([
      [[5, 6, 7]],
      7,
      undefined,
      1,
    ])
    expect(planned(place({ revision: 4 }), change('ABA'), justVoted)).toEqual([[[5, 6, 7]], 7, undefined, 1])
  })

  test('has a message in flight posted again at once', () => {
    const at = place({ revision: 4, inFlightRevision: 5 })
    expect(planned(at, change('AA'), justVoted)).toEqual([[[5]], 5, 1_000, 0])
  })

  test('is not waited for where the connection wants no votes', () => {
    expect(planned(place({ revision: 4 }, ['comments']), change('AA'), justVoted)).toEqual([[], 6, undefined, 0])
  })
})
