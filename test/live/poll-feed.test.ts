import fc from 'fast-check'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Live, type PollChange } from '../../src/live/live.ts'
import { PollFeed } from '../../src/live/poll-feed.ts'
import { pollChange } from '../support/poll-change.ts'

const lunch = 'lunch'
const begin = 5

/** A poll with viewers in this process, its log, and the events that have not arrived yet. */
class Stage {
  revision = begin
  readonly heard: PollChange[] = []
  readonly #live = new Live()
  readonly #committedHere: PollChange[] = []
  readonly #news: number[] = []
  readonly #lookUps: (() => void)[] = []
  readonly #feed = new PollFeed(this.#live, {
    since: (_pollId, after) =>
      this.#later(() => (this.revision > after ? pollChange(lunch, after, this.revision) : undefined)),
    revisions: () => this.#later(() => new Map([[lunch, this.revision]])),
  })

  constructor() {
    this.#live.subscribe({ id: lunch, revision: begin }, (one) => void this.heard.push(one))
  }

  commitHere(events: number): void {
    this.#committedHere.push(pollChange(lunch, this.revision, this.revision + events))
    this.#commit(events)
  }

  commitElsewhere(events: number, { isTold }: { isTold: boolean }): void {
    this.#commit(events)
    if (isTold) this.#news.push(this.revision)
  }

  /** Delivers the first event that this process has committed. */
  takeOne(): void {
    this.#feed.publishCommitted(this.#committedHere.splice(0, 1))
  }

  hearOne(which: number): void {
    for (const revision of this.#news.splice(which % (this.#news.length || 1), 1))
      this.#feed.onRevision(lunch, revision)
  }

  look(): void {
    void this.#feed.readRevisions()
  }

  async answerOne(which: number): Promise<void> {
    for (const answer of this.#lookUps.splice(which % (this.#lookUps.length || 1), 1)) answer()
    await new Promise(setImmediate)
  }

  /** Waits until all committed events have arrived, and missing ones were read. */
  async settle(): Promise<void> {
    while (this.#committedHere.length > 0) this.takeOne()
    while (this.#news.length > 0) this.hearOne(0)
    this.look()
    do {
      await this.answerOne(0)
      vi.advanceTimersByTime(250)
    } while (this.#lookUps.length > 0 || vi.getTimerCount() > 0)
  }

  #commit(events: number): void {
    this.revision += events
  }

  /** The log is read when it is asked. */
  #later<T>(read: () => T): Promise<T> {
    const found = read()
    return new Promise((resolve) => {
      this.#lookUps.push(() => resolve(found))
    })
  }
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
})

afterEach(() => {
  vi.useRealTimers()
})

const few = fc.integer({ min: 1, max: 3 })
const action = fc.oneof(
  few.map((events) => (stage: Stage) => stage.commitHere(events)),
  fc.tuple(few, fc.boolean()).map(
    ([events, isTold]) =>
      (stage: Stage) =>
        stage.commitElsewhere(events, { isTold }),
  ),
  fc.constant((stage: Stage) => stage.takeOne()),
  fc.nat(5).map((which) => (stage: Stage) => stage.hearOne(which)),
  fc.constant((stage: Stage) => stage.look()),
  fc.nat(5).map((which) => (stage: Stage) => stage.answerOne(which)),
  fc.constantFrom(1, 250).map((ms) => () => void vi.advanceTimersByTime(ms)),
)

test('events arrive once, in order and without a gap, from any process in any order', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(action, { maxLength: 40 }), async (actions) => {
      const stage = new Stage()
      for (const act of actions) await act(stage)
      await stage.settle()
      const told = stage.heard.flatMap(({ events }) => events.map(({ revision }) => revision))
      expect(told).toEqual(Array.from({ length: stage.revision - begin }, (_, index) => begin + 1 + index))
    }),
    { numRuns: 1_000 },
  )
})
