import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { sseEvent } from '../../src/live/stream-hub.ts'
import { Stage } from '../support/stage.ts'

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
})

afterEach(() => {
  vi.useRealTimers()
})

describe('a viewer', () => {
  test('who is up to date gets the next event', async () => {
    const stage = new Stage({ revision: 3 })
    const viewer = stage.join({ at: 3 })
    await stage.settle()
    stage.happen(2)
    await stage.settle()
    expect(viewer.seen).toEqual([4, 5])
  })

  test('who reconnects gets the missed events, then the next', async () => {
    const stage = new Stage({ revision: 7 })
    const viewer = stage.join({ at: 2 })
    stage.happen(1)
    await stage.settle()
    expect(viewer.seen).toEqual([3, 4, 5, 6, 7, 8])
  })

  test('gets the events of another process with the next event here', async () => {
    const stage = new Stage({ revision: 1 })
    const viewer = stage.join({ at: 1 })
    await stage.settle()
    stage.happenElsewhere(3)
    stage.happen(1)
    await stage.settle()
    expect(viewer.seen).toEqual([2, 3, 4, 5])
  })

  test('gets private events, and nobody else does', async () => {
    const stage = new Stage({ revision: 1 })
    const [ann, bob, anonymous] = [
      stage.join({ at: 1, personId: 'ann' }),
      stage.join({ at: 1, personId: 'bob' }),
      stage.join({ at: 1 }),
    ]
    await stage.settle()
    stage.happen(1, { personal: 'ann' })
    await stage.settle()
    expect(ann.personal).toEqual(['for ann'])
    expect([bob.personal, anonymous.personal]).toEqual([[], []])
  })

  test('who has left gets nothing more', async () => {
    const stage = new Stage({ revision: 1 })
    const [staying, leaving] = [stage.join({ at: 1 }), stage.join({ at: 1 })]
    await stage.settle()
    leaving.leave()
    stage.happen(1)
    await stage.settle()
    expect([staying.seen, leaving.seen]).toEqual([[2], []])
  })

  test('who reads too slowly is disconnected', async () => {
    const stage = new Stage({ revision: 1 })
    const [slow, quick] = [stage.join({ at: 1, backlog: (1 << 20) + 1 }), stage.join({ at: 1 })]
    await stage.settle()
    stage.happen(1)
    await stage.settle()
    expect([slow.ended, quick.ended]).toEqual([true, false])
  })

  test('who reads too slowly while catching up is disconnected, too', async () => {
    const stage = new Stage({ revision: 500 })
    const slow = stage.join({ at: 1, backlog: (1 << 20) + 1 })
    await stage.settle()
    expect(slow.ended).toBe(true)
    expect(slow.seen.length).toBeLessThan(499)
  })
})

test('an event is rendered once for all viewers', async () => {
  const stage = new Stage({ revision: 1 })
  const viewers = Array.from({ length: 100 }, () => stage.join({ at: 1 }))
  await stage.settle()
  stage.happen(5)
  await stage.settle()
  expect(stage.renderings).toBe(1)
  expect(viewers.every(({ seen }) => seen.length === 5)).toBe(true)
})

test('all are disconnected when rendering fails, since no event can be skipped', async () => {
  const stage = new Stage({ revision: 1 })
  const viewers = [stage.join({ at: 1 }), stage.join({ at: 1 })]
  await stage.settle()
  stage.breakDown()
  stage.happen(1)
  await stage.settle()
  expect(viewers.map(({ ended }) => ended)).toEqual([true, true])
})

test('one who cannot be caught up is disconnected alone', async () => {
  const stage = new Stage({ revision: 5 })
  const fine = stage.join({ at: 5 })
  await stage.settle()
  stage.breakDown()
  const late = stage.join({ at: 1 })
  await stage.settle()
  expect([fine.ended, late.ended]).toEqual([false, true])
})

test('all are disconnected at the end', async () => {
  const stage = new Stage({ revision: 1 })
  const viewers = [stage.join({ at: 1 }), stage.join({ at: 1 })]
  await stage.hub.close()
  expect(viewers.map(({ ended }) => ended)).toEqual([true, true])
})

test('the hub counts its viewers', () => {
  const stage = new Stage({ revision: 1 })
  const viewers = [stage.join({ at: 1 }), stage.join({ at: 1 }), stage.join({ at: 1 })]
  expect(stage.hub.size).toBe(3)
  for (const { leave } of viewers) leave()
  expect(stage.hub.size).toBe(0)
})

test('every viewer gets every revision once and in order, for events in any order', async () => {
  const few = fc.integer({ min: 1, max: 3 })
  const action = fc.oneof(
    few.map((events) => (stage: Stage) => stage.happen(events)),
    few.map((events) => (stage: Stage) => stage.happenElsewhere(events)),
    fc.nat(4).map((behind) => (stage: Stage) => void stage.join({ at: stage.revision - behind })),
    fc.array(fc.nat(5), { minLength: 1, maxLength: 3 }).map((which) => (stage: Stage) => stage.answer(which)),
    fc.constantFrom(1, 250).map((ms) => () => void vi.advanceTimersByTime(ms)),
  )
  await fc.assert(
    fc.asyncProperty(fc.array(action, { maxLength: 40 }), async (actions) => {
      const stage = new Stage({ revision: 5, answering: 'when told' })
      for (const act of actions) await act(stage)
      if (!stage.isTold) stage.happen(1)
      await stage.settle()
      for (const { joinedAt, seen } of stage.viewers) {
        expect(seen).toEqual(Array.from({ length: stage.revision - joinedAt }, (_, index) => joinedAt + 1 + index))
      }
    }),
    { numRuns: 1_000 },
  )
})

test('an event of a stream is one line of data for any text', () => {
  expect(sseEvent({ id: 7, event: 'voted', data: { body: 'one\ntwo\r\n\u2028data: x' } }).toString()).toBe(
    `id: 7\nevent: voted\ndata: ${JSON.stringify({ body: 'one\ntwo\r\n\u2028data: x' })}\n\n`,
  )
  expect(sseEvent({ data: 'x' }).toString()).toBe('data: "x"\n\n')
})
