import { setImmediate } from 'node:timers/promises'

const sliceMs = 10

/** Divides long work into slices, so other requests run between them. */
export class TimeSlices {
  #end = performance.now() + sliceMs

  /** To be awaited between two steps of the work. */
  async pause(): Promise<void> {
    if (performance.now() < this.#end) return
    await setImmediate()
    this.#end = performance.now() + sliceMs
  }
}
