import { describe, expect, test } from 'vitest'
import type { DeliveryCursor } from '../../src/chat/delivery/cursor.ts'
import { isMoveNotice, maxEvents, planOf } from '../../src/chat/delivery/plan.ts'
import { eventKinds } from '../../src/chat/wording.ts'
import type { EventFacts, PollEvent } from '../../src/polls/model/events.ts'
import type { Poll } from '../../src/polls/model/poll.ts'
import { eventsOf } from '../support/events-of.ts'

const place = (change: Partial<DeliveryCursor> = {}, kinds: string[] = [...eventKinds]) =>
  ({
    revision: 0,
    inFlightRevision: null,
    finalRevision: null,
    poll: { method: 'single_choice' },
    ...change,
    connection: { eventKinds: kinds },
  }) as DeliveryCursor

const hold = { quietMs: 5_000, maxMs: 30_000 }
type Asked = { paceMs?: number; now?: number; votedAt?: [string, Date][] }

/** The plan by revisions, and how often it asked the pace when votes may be posted. All events are at the time 0. */
function planned(at: DeliveryCursor, events: PollEvent[], { paceMs = 0, now = 0, votedAt = [] }: Asked = {}) {
  let asked = 0
  const { messages, through, moreAfterMs } = planOf(at, events, {
    now: new Date(now),
    hold,
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

  test('builds the message in flight from the same events, whatever the connection wants now', () => {
    const at = (kinds: string[]) => place({ inFlightRevision: 3 }, kinds)
    expect(planned(at([]), eventsOf('vvvv'))).toEqual([[[1, 2, 3]], 4, undefined, 0])
    expect(planned(at(['comments']), eventsOf('vcvc'))).toEqual([[[1, 3], [4]], 4, undefined, 0])
    expect(planned(at([...eventKinds]), eventsOf('vcv'))).toEqual([[[1, 3]], 3, undefined, 0])
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

/** Each event of the log so many milliseconds after the one before. */
function every(ms: number, letters: string, revision = 0): PollEvent[] {
  return eventsOf(letters, revision).map((event, index) => ({ ...event, at: new Date(index * ms) }))
}

describe('a person who keeps changing', () => {
  const at = place({ revision: 4 })
  const justVoted: Asked = { votedAt: [['A', new Date(-4_000)]] }
  const change = (letters: string) => eventsOf(letters, 4)

  test('has the first vote posted at once, with the changes that are there already', () => {
    expect(planned(place(), eventsOf('A'))).toEqual([[[1]], 1, undefined, 1])
    expect(planned(place(), eventsOf('AAA'))).toEqual([[[1, 2, 3]], 3, undefined, 1])
    expect(planned(at, change('A'))).toEqual([[[5]], 5, undefined, 1])
  })

  test('has later changes held until nothing has changed for a short while', () => {
    expect(planned(at, change('AAA'), justVoted)).toEqual([[], 4, 1_000, 0])
    expect(planned(at, change('AAA'), { ...justVoted, now: 4_900 })).toEqual([[], 4, 100, 0])
    expect(planned(at, change('AAA'), { ...justVoted, now: 5_000 })).toEqual([[[5, 6, 7]], 7, undefined, 1])
    const longAgo: Asked = { votedAt: [['A', new Date(-10_001)]] }
    expect(planned(at, change('AAA'), longAgo)).toEqual([[[5, 6, 7]], 7, undefined, 1])
  })

  test('has them held for half a minute at most', () => {
    const events = every(4_000, 'AAAAAAAA', 4)
    expect(planned(at, events, { ...justVoted, now: 29_900 })).toEqual([[], 4, 100, 0])
    expect(planned(at, events, { ...justVoted, now: 30_000 }).slice(1)).toEqual([12, undefined, 1])
  })

  test('makes nobody else wait: what comes after it ends the wait, in the order of the log', () => {
    expect(planned(at, change('AAv'), justVoted)).toEqual([[[5, 6], [7]], 7, undefined, 1])
    expect(planned(at, change('AAc'), justVoted)).toEqual([[[5, 6], [7]], 7, undefined, 0])
    expect(planned(at, change('vAA'), justVoted)).toEqual([[[5]], 5, 1_000, 1])
    expect(planned(at, change('AcA'), justVoted)).toEqual([[[5], [6]], 6, 1_000, 0])
    expect(planned(place(), eventsOf('AcA'))).toEqual([[[1], [2]], 2, 1_000, 0])
  })

  test('has them held together with the changes of others', () => {
    const both: Asked = { votedAt: [...(justVoted.votedAt ?? []), ['B', new Date(-4_000)]] }
    expect(planned(at, change('ABA'), both)).toEqual([[], 4, 1_000, 0])
    expect(planned(at, change('ABA'), { ...both, now: 5_000 })).toEqual([[[5, 6, 7]], 7, undefined, 1])
    expect(planned(at, change('ABA'), justVoted)).toEqual([[[5, 6, 7]], 7, undefined, 1])
  })

  test('has a message in flight posted again at once', () => {
    expect(planned(place({ revision: 4, inFlightRevision: 5 }), change('AA'), justVoted)).toEqual([[[5]], 5, 1_000, 0])
  })

  test('is not waited for where the connection wants no votes', () => {
    expect(planned(place({ revision: 4 }, ['comments']), change('AA'), justVoted)).toEqual([[], 6, undefined, 0])
  })
})

describe('where people choose several options one by one,', () => {
  const many = place({ poll: { method: 'multiple_choice' } as Poll })

  test('the first vote is held as well, and all are one message', () => {
    expect(planned(many, eventsOf('A'))).toEqual([[], 0, 1_000, 0])
    expect(planned(many, every(4_000, 'AAA'), { now: 12_900 })).toEqual([[], 0, 100, 0])
    expect(planned(many, every(4_000, 'AAA'), { now: 13_000 })).toEqual([[[1, 2, 3]], 3, undefined, 1])
  })

  test('a vote does not wait for those of others who vote later', () => {
    expect(planned(many, every(2_000, 'vvvv'), { now: 6_000 })).toEqual([[[1]], 1, 1_000, 1])
    expect(planned(many, every(2_000, 'AvAv'), { now: 8_000 })).toEqual([[], 0, 1_000, 0])
    expect(planned(many, every(2_000, 'AvAv'), { now: 9_000 })).toEqual([[[1, 2, 3]], 3, 1_000, 1])
    expect(planned(many, every(500, 'vvvvvvvvvvvv'), { now: 7_600 })).toEqual([[[1, 2, 3, 4, 5, 6]], 6, 400, 1])
  })

  test('another event ends the wait', () => {
    expect(planned(many, eventsOf('AAc'))).toEqual([[[1, 2], [3]], 3, undefined, 0])
    expect(planned(many, eventsOf('cAA'))).toEqual([[[1]], 1, 1_000, 0])
  })
})
