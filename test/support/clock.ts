/** A clock that stands still until it is told to move on. */
export class TestClock {
  #now: number

  constructor(start = '2026-03-14T09:26:53.589Z') {
    this.#now = Date.parse(start)
  }

  readonly now = (): Date => new Date(this.#now)

  /** @param ms may be negative: clocks do run backwards at times */
  advance(ms: number): Date {
    this.#now += ms
    return this.now()
  }
}

export const second = 1_000
export const minute = 60 * second
export const hour = 60 * minute
export const day = 24 * hour
