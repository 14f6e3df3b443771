import { setTimeout as sleep } from 'node:timers/promises'
import DataLoader from 'dataloader'
import type { FastifyReply } from 'fastify'
import type { Poll } from '../polls/model/poll.ts'
import type { Live, PollChange } from './live.ts'
import type { Viewer } from './viewer.ts'

/** A rendered piece of an event stream, and the revision that it brings a viewer to. */
export type Chunk = { revision: number; bytes: Buffer }

/** How pages or API render changes: once for all viewers. */
export type Rendering = {
  /** For viewers at revision `change.previous`. */
  change(change: PollChange): Promise<Chunk[]>
  /**
   * For a viewer at an older revision, oldest first; empty when the revision is the newest. More than one chunk can be
   * only the first part.
   */
  since(pollId: string, revision: number): Promise<Chunk[]>
  /** By person, for viewers whose own ballots changed. */
  personal?(change: PollChange): Map<string, Buffer>
}

type ViewerPosition = { pollId: string; revision: number }

/** In bytes. A viewer with more is disconnected; its browser reconnects and resumes. */
const maxBacklog = 1 << 20
/** In bytes. Catching up waits for the viewer to read when the backlog exceeds it. */
const maxCatchUpBacklog = 1 << 17

/** The open streams of pages or of the API. Each viewer gets every change once, without a gap. */
export class StreamHub {
  readonly #live: Live
  readonly #rendering: Rendering
  readonly #viewers = new Map<string, Set<Viewer>>()
  readonly #unsubscribe = new Map<string, () => void>()
  /** Keeps the changes of a poll in order while they are rendered. */
  readonly #queues = new Map<string, Promise<void>>()
  /** Viewers that catch up, and whether they missed a change meanwhile. */
  readonly #catchingUp = new Map<Viewer, { missed: boolean }>()
  /** After a restart many viewers resume from one revision: what they missed is rendered once for all. */
  readonly #missed: DataLoader<ViewerPosition, Chunk[]>

  constructor(live: Live, rendering: Rendering) {
    this.#live = live
    this.#rendering = rendering
    live.hubs.push(this)
    this.#missed = new DataLoader((positions) => this.#renderMissed(positions), { cache: false })
  }

  get size(): number {
    return [...this.#viewers.values()].reduce((sum, viewers) => sum + viewers.size, 0)
  }

  /**
   * Sends the viewer what it missed, then every change until it leaves.
   *
   * @param poll as it was just read for the viewer
   */
  join(poll: Pick<Poll, 'id' | 'revision'>, viewer: Viewer): () => void {
    const { id: pollId } = poll
    const viewers = this.#viewers.get(pollId) ?? new Set()
    this.#viewers.set(pollId, viewers)
    if (!this.#unsubscribe.has(pollId)) {
      this.#unsubscribe.set(
        pollId,
        this.#live.subscribe(poll, (change) => this.#enqueue(pollId, () => this.#send(change))),
      )
    }
    viewers.add(viewer)
    this.#catchUp(pollId, viewer)
    return () => this.#leave(pollId, viewer)
  }

  /** Ends every stream. */
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
    // A change that fails to render cannot be skipped. Viewers reconnect and resume from their revision.
    const queue = (this.#queues.get(pollId) ?? Promise.resolve()).then(work).catch(() => this.#endAll(pollId))
    this.#queues.set(pollId, queue)
    void queue.then(() => {
      if (this.#queues.get(pollId) === queue) this.#queues.delete(pollId)
    })
  }

  async #send(change: PollChange): Promise<void> {
    const { poll, previous } = change
    const chunks = await this.#rendering.change(change)
    const whole = Buffer.concat(chunks.map(({ bytes }) => bytes))
    const personal = this.#rendering.personal?.(change)
    for (const viewer of this.#viewers.get(poll.id) ?? []) {
      const catchingUp = this.#catchingUp.get(viewer)
      if (catchingUp) catchingUp.missed = true
      // Another process may have changed the poll in between.
      else if (viewer.revision < previous) this.#catchUp(poll.id, viewer)
      else if (viewer.revision === previous) send(viewer, whole, poll.revision)
      else sendNewer(viewer, chunks)
      const own = viewer.personId ? personal?.get(viewer.personId) : undefined
      if (own) viewer.write(own)
    }
  }

  /** Runs outside the poll's queue, so many new viewers do not delay the others. */
  #catchUp(pollId: string, viewer: Viewer): void {
    const state = { missed: false }
    this.#catchingUp.set(viewer, state)
    this.#sendMissed(pollId, viewer, state).catch(() => {
      this.#catchingUp.delete(viewer)
      viewer.end()
    })
  }

  async #sendMissed(pollId: string, viewer: Viewer, state: { missed: boolean }): Promise<void> {
    let chunks: Chunk[]
    do {
      state.missed = false
      chunks = await this.#missed.load({ pollId, revision: viewer.revision })
      for (const { revision, bytes } of chunks) {
        viewer.revision = revision
        viewer.write(bytes)
        if (viewer.backlog() > maxCatchUpBacklog) await viewer.drained()
      }
      // Later changes come through `#send`. A loop until nothing new is found would never end during many votes.
    } while ((chunks.length > 1 || state.missed) && this.#viewers.get(pollId)?.has(viewer))
    // Without an await in between, or a change could be missed.
    this.#catchingUp.delete(viewer)
  }

  #renderMissed(positions: readonly ViewerPosition[]): Promise<(Chunk[] | Error)[]> {
    const rendered = new Map<string, Promise<Chunk[] | Error>>()
    const once = ({ pollId, revision }: ViewerPosition) => {
      const key = `${pollId} ${revision}`
      const same = rendered.get(key) ?? this.#rendering.since(pollId, revision).catch((error: Error) => error)
      rendered.set(key, same)
      return same
    }
    return Promise.all(positions.map(once))
  }

  #endAll(pollId: string): void {
    for (const viewer of this.#viewers.get(pollId) ?? []) viewer.end()
  }
}

function sendNewer(viewer: Viewer, chunks: readonly Chunk[]): void {
  for (const { revision, bytes } of chunks) if (revision > viewer.revision) send(viewer, bytes, revision)
}

function send(viewer: Viewer, bytes: Buffer, revision: number): void {
  viewer.revision = revision
  viewer.write(bytes)
  if (viewer.backlog() > maxBacklog) viewer.end()
}

/** In milliseconds. Random, so the viewers of a process that ends do not all reconnect at the same time. */
const retryMs = { least: 500, spread: 1_000 }

/** Sends the headers of a stream, and when a browser reconnects after a break. */
export function startStream(reply: FastifyReply): void {
  // Streams end when Polldock stops. A proxy would send its next request on the connection, while Polldock closes it.
  reply.header('connection', 'close')
  reply.sse.keepAlive()
  reply.sse.sendHeaders()
  // Node sends the headers only with the first bytes of the body.
  reply.raw.write(`retry: ${retryMs.least + Math.floor(retryMs.spread * Math.random())}\n\n`)
}

/** One event of a stream (https://html.spec.whatwg.org/multipage/server-sent-events.html). */
export function sseEvent(event: { id?: number; event?: string; data: unknown }): Buffer {
  const id = event.id === undefined ? '' : `id: ${event.id}\n`
  const name = event.event === undefined ? '' : `event: ${event.event}\n`
  return Buffer.from(`${id}${name}data: ${JSON.stringify(event.data)}\n\n`)
}
