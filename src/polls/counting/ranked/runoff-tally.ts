import { type RankedBallots, sizeOf, startOf } from './ranked-ballots.ts'

/** A set of options: bit i stands for option i. */
export type OptionSet = bigint

/** The rankings that count for an option, and where it stands in `codes`. */
type Pile = { ballots: number[]; places: number[] }

const exhausted = -1

/**
 * The votes of the options that are left in an instant-runoff. Options leave, and come back in reverse order; only the
 * ballots of an option that leaves are read again. So it costs little to try many orders.
 */
export class RunoffTally {
  /** The options that are left: in the poll's order, and as a set. */
  options: readonly number[]
  left: OptionSet
  /** How many ballots count for an option that is left. */
  counting = 0
  /** How many places of ballots were looked at so far: nearly all the time that a tally takes. */
  placesRead = 0
  readonly #ballots: RankedBallots
  readonly #total: number
  readonly #isLeft: Uint8Array
  readonly #votes: Float64Array
  readonly #piles: Pile[]
  /** The moves of the ballots of eliminated options, the latest last. */
  readonly #moves: number[] = []

  constructor(ballots: RankedBallots) {
    const { options, weights } = ballots
    this.#ballots = ballots
    this.#total = weights.reduce((sum, weight) => sum + weight, 0)
    this.options = [...Array(options).keys()]
    this.left = setOf(this.options)
    this.#isLeft = new Uint8Array(options).fill(1)
    this.#votes = new Float64Array(options)
    this.#piles = this.options.map(() => ({ ballots: [], places: [] }))
    for (let ballot = 0; ballot < sizeOf(ballots); ballot++) this.#put(ballot, startOf(ballots, ballot))
  }

  /** How many ballots name no option that is left. */
  get exhausted(): number {
    return this.#total - this.counting
  }

  isLeft(option: number): boolean {
    return this.#isLeft[option] === 1
  }

  votes(option: number): number {
    return this.#votes[option] as number
  }

  /** Undefined while no option has more than half of the ballots that still count. */
  majority(): number | undefined {
    for (const option of this.options) if (this.votes(option) > this.counting / 2) return option
    return undefined
  }

  /** The most votes that one of these can have as long as all other options are left, whichever of these leave. */
  maxAmong(options: readonly number[]): number {
    const { codes, ends, weights } = this.#ballots
    const [isAmong, most] = [new Uint8Array(this.#isLeft.length), new Float64Array(this.#isLeft.length)]
    for (const option of options) isAmong[option] = 1
    for (const option of options) {
      const { ballots, places } = this.#pile(option)
      for (let index = 0; index < ballots.length; index++) {
        const ballot = ballots[index] as number
        const end = ends[ballot] as number
        for (let place = places[index] as number; place < end; place++) {
          const next = codes[place] as number
          this.placesRead += 1
          if (isAmong[next]) most[next] = (most[next] as number) + (weights[ballot] as number)
          else if (this.#isLeft[next]) break
        }
      }
    }
    return Math.max(...most)
  }

  /** Runs `count` while these options are eliminated. */
  without<Counted>(out: readonly number[], count: () => Counted): Counted {
    const { options, left } = this
    for (const option of out) this.#isLeft[option] = 0
    this.options = options.filter((option) => this.isLeft(option))
    this.left = left & ~setOf(out)
    for (const option of out) this.#passOn(option)
    const counted = count()
    for (const option of out.toReversed()) this.#takeBack(option)
    for (const option of out) this.#isLeft[option] = 1
    this.options = options
    this.left = left
    return counted
  }

  #passOn(option: number): void {
    const { ballots, places } = this.#pile(option)
    for (let index = 0; index < ballots.length; index++)
      this.#moves.push(this.#put(ballots[index] as number, (places[index] as number) + 1))
    this.counting -= this.votes(option)
  }

  #takeBack(option: number): void {
    this.counting += this.votes(option)
    const { ballots } = this.#pile(option)
    for (let index = ballots.length - 1; index >= 0; index--)
      this.#take(ballots[index] as number, this.#moves.pop() as number)
  }

  /** Counts a ranking for the first remaining option from this place in `codes` on. Returns that option. */
  #put(ballot: number, from: number): number {
    const { codes, ends, weights } = this.#ballots
    const end = ends[ballot] as number
    let place = from
    while (place < end && !this.#isLeft[codes[place] as number]) place += 1
    this.placesRead += place - from + 1
    if (place >= end) return exhausted
    const option = codes[place] as number
    const pile = this.#pile(option)
    pile.ballots.push(ballot)
    pile.places.push(place)
    this.#add(option, weights[ballot] as number)
    return option
  }

  #take(ballot: number, option: number): void {
    if (option === exhausted) return
    const { ballots, places } = this.#pile(option)
    ballots.pop()
    places.pop()
    this.#add(option, -(this.#ballots.weights[ballot] as number))
  }

  #add(option: number, votes: number): void {
    this.#votes[option] = this.votes(option) + votes
    this.counting += votes
  }

  #pile(option: number): Pile {
    return this.#piles[option] as Pile
  }
}

export function setOf(options: readonly number[]): OptionSet {
  let set: OptionSet = 0n
  for (const option of options) set |= bit(option)
  return set
}

export function isWithin(set: OptionSet, other: OptionSet): boolean {
  return (set & ~other) === 0n
}

export function isIn(set: OptionSet, option: number): boolean {
  return (set & bit(option)) !== 0n
}

const bits = Array.from({ length: 256 }, (_, option) => 1n << BigInt(option))

function bit(option: number): OptionSet {
  return bits[option] as OptionSet
}
