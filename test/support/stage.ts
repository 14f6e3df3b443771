import { vi } from 'vitest'
import { Live } from '../../src/live/live.ts'
import { type Chunk, StreamHub } from '../../src/live/stream-hub.ts'
import { pollChange } from './poll-change.ts'

const pollId = 'lunch'
/** The number of events per page when catching up. */
const page = 4

type Seat = { at: number; personId?: string; backlog?: number }

export type SeatedViewer = {
  joinedAt: number
  /** The revisions this viewer was shown, in that order. */
  seen: number[]
  personal: string[]
  ended: boolean
  leave(): void
}

/**
 * A poll that viewers watch, without a database and a network. What has to be rendered is answered at once, or when
 * told to, in whatever order; the database is read when it is asked for.
 */
export class Stage {
  revision: number
  /** Whether this process has the latest revision. */
  isTold = true
  renderings = 0
  readonly viewers: SeatedViewer[] = []
  readonly hub: StreamHub
  readonly #live = new Live()
  readonly #waits: boolean
  readonly #waiting: (() => void)[] = []
  #isBroken = false
  #personal: string | undefined

  constructor({ revision, answering = 'at once' }: { revision: number; answering?: 'at once' | 'when told' }) {
    this.revision = revision
    this.#waits = answering === 'when told'
    this.hub = new StreamHub(this.#live, {
      change: (change) => {
        this.renderings += 1
        return this.#answer(change.events.map(({ revision }) => chunk(revision)))
      },
      since: (_pollId, revision) => this.#answer(chunks(revision, Math.min(revision + page, this.revision))),
      personal: () => this.#forOne(),
    })
  }

  join({ at, personId, backlog = 0 }: Seat): SeatedViewer {
    const viewer: SeatedViewer = { joinedAt: at, seen: [], personal: [], ended: false, leave: () => {} }
    viewer.leave = this.hub.join(
      { id: pollId, revision: this.revision },
      {
        revision: at,
        personId,
        backlog: () => backlog,
        drained: () => (backlog > 0 ? Promise.reject(new Error('Nobody reads.')) : Promise.resolve()),
        end: () => {
          viewer.ended = true
        },
        write: (bytes) => {
          for (const text of bytes.toString().split('\n').filter(Boolean)) {
            if (text.startsWith('for ')) viewer.personal.push(text)
            else viewer.seen.push(Number(text))
          }
        },
      },
    )
    this.viewers.push(viewer)
    return viewer
  }

  /** Commits this number of events in this process, and notifies it. */
  happen(events: number, { personal }: { personal?: string } = {}): void {
    const previous = this.revision
    this.revision += events
    this.isTold = true
    this.#personal = personal
    this.#live.publish([pollChange(pollId, previous, this.revision)])
  }

  /** Commits this number of events without a notification to this process. */
  happenElsewhere(events: number): void {
    this.revision += events
    this.isTold = false
  }

  /** Makes all later rendering fail. */
  breakDown(): void {
    this.#isBroken = true
  }

  /** Finishes the waiting renderings at these indexes, all in the same instant. */
  async answer(places: readonly number[]): Promise<void> {
    for (const place of places) this.#waiting.splice(place % (this.#waiting.length || 1), 1)[0]?.()
    await new Promise(setImmediate)
  }

  /** Waits until all work is done. */
  async settle(): Promise<void> {
    do {
      vi.advanceTimersByTime(250)
      await this.answer(this.#waiting.map(() => 0))
    } while (this.#waiting.length > 0 || vi.getTimerCount() > 0)
  }

  #answer(chunks: Chunk[]): Promise<Chunk[]> {
    if (this.#isBroken) return Promise.reject(new Error('It cannot be rendered.'))
    if (!this.#waits) return Promise.resolve(chunks)
    return new Promise((resolve) => {
      this.#waiting.push(() => resolve(chunks))
    })
  }

  #forOne(): Map<string, Buffer> {
    return new Map(this.#personal ? [[this.#personal, Buffer.from(`for ${this.#personal}\n`)]] : [])
  }
}

function chunks(after: number, upTo: number): Chunk[] {
  return Array.from({ length: Math.max(0, upTo - after) }, (_, index) => chunk(after + index + 1))
}

function chunk(revision: number): Chunk {
  return { revision, bytes: Buffer.from(`${revision}\n`) }
}
