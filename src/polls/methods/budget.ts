/** How much a search may do: sets of options that it follows, and ballots that it reads again for them. */
export type Bounds = { sets: number; ballots: number }

/** What is left of the bounds of one search. They are no times, so that the same ballots always give the same result. */
export class Budget {
  #sets: number
  #ballots: number

  constructor({ sets, ballots }: Bounds) {
    this.#sets = sets
    this.#ballots = ballots
  }

  /** For one more set, and the ballots to read for it. False when it is used up, from then on for ever. */
  take(ballots: number): boolean {
    this.#sets -= 1
    this.#ballots -= ballots
    return this.#sets >= 0 && this.#ballots >= 0
  }
}
