import { setImmediate } from 'node:timers/promises'

/** In milliseconds. Work is not interrupted, so a turn may last longer by its last piece. */
const maxTurnMs = 10

/** Runs small pieces of work one after the other, and yields to the event loop after `maxTurnMs`. */
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
