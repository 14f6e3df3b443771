import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { LRUCache } from 'lru-cache'
import { Refusal } from '../../errors.ts'
import type { Picture } from './picture.ts'

type Png = Uint8Array

/** In bytes. A picture has some 30,000. */
const maxCached = 16_000_000
/** Drawings that wait for others. */
const maxWaiting = 20
/** For one drawing, with the start of the thread, in milliseconds. Most take a tenth of a second. */
const timeLimitMs = 10_000
/** A thread holds some 100 MB, so it ends when it has nothing to draw for this long, in milliseconds. */
const idleMs = 120_000

/**
 * Draws pictures in a worker thread, one after the other, so drawing blocks no other request. A picture is kept under
 * its key. Requests for the same picture at the same time share one drawing.
 */
export class PictureDrawer {
  readonly #cache = new LRUCache<string, Png>({ maxSize: maxCached, sizeCalculation: ({ length }) => length })
  readonly #drawing = new Map<string, Promise<Png>>()
  #last: Promise<unknown> = Promise.resolve()
  #thread: Worker | undefined
  #idle: NodeJS.Timeout | undefined

  /** @throws {Refusal} `unavailable` when too many wait */
  async png(key: string, picture: () => Picture): Promise<Png> {
    const known = this.#cache.get(key) ?? this.#drawing.get(key)
    if (known) return known
    if (this.#drawing.size > maxWaiting) throw new Refusal('unavailable', 'Too many pictures are being drawn.')
    const drawn = this.#last.then(() => this.#draw(picture()))
    this.#last = drawn.catch(() => {})
    this.#drawing.set(key, drawn)
    try {
      const png = await drawn
      this.#cache.set(key, png)
      return png
    } finally {
      this.#drawing.delete(key)
    }
  }

  async close(): Promise<void> {
    clearTimeout(this.#idle)
    await this.#thread?.terminate()
    this.#thread = undefined
  }

  /** A thread that fails, or takes too long, is replaced by the next drawing. */
  async #draw(picture: Picture): Promise<Png> {
    clearTimeout(this.#idle)
    this.#thread ??= newThread()
    const thread = this.#thread
    thread.ref()
    thread.postMessage(picture)
    try {
      const [png] = await once(thread, 'message', { signal: AbortSignal.timeout(timeLimitMs) })
      return png
    } catch (error) {
      await this.close()
      throw error
    } finally {
      thread.unref()
      this.#idle = setTimeout(() => this.close(), idleMs).unref()
    }
  }
}

function newThread(): Worker {
  // `once` reports errors to the drawing. Without a listener, an error between two drawings would end the process.
  return new Worker(new URL('./draw.ts', import.meta.url), { name: 'pictures' }).on('error', () => {})
}
