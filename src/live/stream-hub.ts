import { setTimeout as sleep } from 'node:timers/promises'
import DataLoader from 'dataloader'
import type { Poll } from '../polls/model/poll.ts'
import type { Live, PollChange } from './live.ts'
import type { Viewer } from './viewer.ts'

/** A piece of an event stream, ready to be written, and the revision that whoever has read it is at. */
export type Chunk = { revision: number; bytes: Buffer }

/** How a face shows what happened: once for all who watch. */
export type Rendering = {
  /** What those who are at revision `moment.previous` get. */
  change(moment: PollChange): Promise<Chunk[]>
  /**
   * What somebody gets who is at an older revision, oldest first; empty when nothing has happened since. Several
   * chunks may be but the first part of it.
   */
  since(pollId: string, revision: number): Promise<Chunk[]>
  /** What only the people themselves get, when the moment changed their ballots. */
  personal?(moment: PollChange): Map<string, Buffer>
}

type ViewerPosition = { pollId: string; revision: number }

/** Somebody who reads this far behind is let go; their browser reconnects and resumes. */
const maxBacklog = 1 << 20
/** Of what happened before they came, no more than this is handed over ahead of their reading. */
const comfortableBacklog = 1 << 17

/** All who watch polls through one face, each kept at the newest revision without gap or repetition. */
export class StreamHub {
  readonly #live: Live
  readonly #rendering: Rendering
  readonly #viewers = new Map<string, Set<Viewer>>()
  readonly #unsubscribe = new Map<string, () => void>()
  /** Moments of a poll are written one after the other, though rendering them takes its time. */
  readonly #queues = new Map<string, Promise<void>>()
  /** Viewers who are being brought up to date, and whether a moment passed them by meanwhile. */
  readonly #catchingUp = new Map<Viewer, { missed: boolean }>()
  /** Many come at once from the same place, as after a restart: what they missed is rendered once for all of them. */
  readonly #missed: DataLoader<ViewerPosition, Chunk[]>

  constructor(live: Live, rendering: Rendering) {
    this.#live = live
    this.#rendering = rendering
    live.audiences.push(this)
    this.#missed = new DataLoader((places) => this.#renderMissed(places), { cache: false })
  }

  get size(): number {
    return [...this.#viewers.values()].reduce((sum, viewers) => sum + viewers.size, 0)
  }

  /**
   * Brings the viewer up to date, then keeps them so until they leave.
   *
   * @param poll as it was just shown to them, or read for them
   */
  join(poll: Pick<Poll, 'id' | 'revision'>, viewer: Viewer): () => void {
    const { id: pollId } = poll
    const viewers = this.#viewers.get(pollId) ?? new Set()
    this.#viewers.set(pollId, viewers)
    if (!this.#unsubscribe.has(pollId)) {
      this.#unsubscribe.set(
        pollId,
        this.#live.subscribe(poll, (moment) => this.#enqueue(pollId, () => this.#show(moment))),
      )
    }
    viewers.add(viewer)
    this.#catchUp(pollId, viewer)
    return () => this.#leave(pollId, viewer)
  }

  /** Ends every stream, as before the process stops. */
  async close(): Promise<void> {
    for (const viewers of this.#viewers.values()) for (const viewer of viewers) viewer.end()
    await sleep(0)
  }

  #leave(pollId: string, viewer: Viewer): void {
    const viewers = this.#viewers.get(pollId)
    if (!viewers?.delete(viewer) || viewers.size > 0) return
    this.#viewers.delete(pollId)
    this.#unsubscribe.get(pollId)?.()
    this.#unsubscribe.delete(pollId)
  }

  #enqueue(pollId: string, work: () => Promise<void>): void {
    // What could not be rendered cannot be skipped either: they reconnect and resume from what they have.
    const queue = (this.#queues.get(pollId) ?? Promise.resolve()).then(work).catch(() => this.#endAll(pollId))
    this.#queues.set(pollId, queue)
    void queue.then(() => {
      if (this.#queues.get(pollId) === queue) this.#queues.delete(pollId)
    })
  }

  async #show(moment: PollChange): Promise<void> {
    const { poll, previous } = moment
    const chunks = await this.#rendering.change(moment)
    const whole = Buffer.concat(chunks.map(({ bytes }) => bytes))
    const personal = this.#rendering.personal?.(moment)
    for (const viewer of this.#viewers.get(poll.id) ?? []) {
      const catchingUp = this.#catchingUp.get(viewer)
      if (catchingUp) catchingUp.missed = true
      // Another process may have changed the poll in between.
      else if (viewer.at < previous) this.#catchUp(poll.id, viewer)
      else if (viewer.at === previous) give(viewer, whole, poll.revision)
      else giveAfter(viewer, chunks)
      const own = viewer.personId ? personal?.get(viewer.personId) : undefined
      if (own) viewer.write(own)
    }
  }

  /** Beside the others' moments, so that many who come at once do not hold up those who are there. */
  #catchUp(pollId: string, viewer: Viewer): void {
    const state = { missed: false }
    this.#catchingUp.set(viewer, state)
    this.#giveAll(pollId, viewer, state).catch(() => {
      this.#catchingUp.delete(viewer)
      viewer.end()
    })
  }

  async #giveAll(pollId: string, viewer: Viewer, state: { missed: boolean }): Promise<void> {
    let chunks: Chunk[]
    do {
      state.missed = false
      chunks = await this.#missed.load({ pollId, revision: viewer.at })
      for (const { revision, bytes } of chunks) {
        viewer.at = revision
        viewer.write(bytes)
        if (viewer.backlog() > comfortableBacklog) await viewer.drained()
      }
      // What happens from here on comes with the next moment; looking until nothing new is found would never end
      // while votes pour in.
    } while ((chunks.length > 1 || state.missed) && this.#viewers.get(pollId)?.has(viewer))
    // At once, so that no moment passes by between the last look and this.
    this.#catchingUp.delete(viewer)
  }

  #renderMissed(places: readonly ViewerPosition[]): Promise<(Chunk[] | Error)[]> {
    const rendered = new Map<string, Promise<Chunk[] | Error>>()
    const once = ({ pollId, revision }: ViewerPosition) => {
      const key = `${pollId} ${revision}`
      const same = rendered.get(key) ?? this.#rendering.since(pollId, revision).catch((error: Error) => error)
      rendered.set(key, same)
      return same
    }
    return Promise.all(places.map(once))
  }

  #endAll(pollId: string): void {
    for (const viewer of this.#viewers.get(pollId) ?? []) viewer.end()
  }
}

function giveAfter(viewer: Viewer, chunks: readonly Chunk[]): void {
  for (const { revision, bytes } of chunks) if (revision > viewer.at) give(viewer, bytes, revision)
}

function give(viewer: Viewer, bytes: Buffer, revision: number): void {
  viewer.at = revision
  viewer.write(bytes)
  if (viewer.backlog() > maxBacklog) viewer.end()
}

/** One event of a stream (https://html.spec.whatwg.org/multipage/server-sent-events.html). */
export function sseEvent(event: { id?: number; event?: string; data: unknown }): Buffer {
  const id = event.id === undefined ? '' : `id: ${event.id}\n`
  const name = event.event === undefined ? '' : `event: ${event.event}\n`
  return Buffer.from(`${id}${name}data: ${JSON.stringify(event.data)}\n\n`)
}
