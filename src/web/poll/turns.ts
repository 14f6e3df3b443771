import { setImmediate } from 'node:timers/promises'

/** In milliseconds. A piece of work is not interrupted, so a turn can take as much longer as its last piece does. */
const maxTurnMs = 10

/** Work in small pieces, one after the other. When they have taken enough of a turn of the event loop, the rest waits. */
export class Turns {
  #last: Promise<unknown> = Promise.resolve()
  #startedAt: number | undefined

  /** @param work a piece that computes, and waits for nothing outside this process */
  take<T>(work: () => Promise<T> | T): Promise<T> {
    const result = this.#last.then(async () => {
      if (this.#startedAt !== undefined && performance.now() - this.#startedAt > maxTurnMs) await setImmediate()
      if (this.#startedAt === undefined) this.#begin()
      return work()
    })
    this.#last = result.catch(() => {})
    return result
  }

  #begin(): void {
    this.#startedAt = performance.now()
    void setImmediate().then(() => {
      this.#startedAt = undefined
    })
  }
}
