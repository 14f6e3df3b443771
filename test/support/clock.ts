/** A clock that advances only on command. */
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

/** A clock that runs normally, and can be advanced. */
export class RunningClock extends TestClock {
  #ahead = 0

  override readonly now = (): Date => new Date(Date.now() + this.#ahead)

  override advance(ms: number): Date {
    this.#ahead += ms
    return this.now()
  }
}

export const second = 1_000
export const minute = 60 * second
export const hour = 60 * minute
export const day = 24 * hour
