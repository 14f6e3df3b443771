/** How much there is to do. */
export type Load = {
  /** How late the event loop gets to what is to be done, on average, in milliseconds. */
  delayMs: number
  /** Callers that wait for a connection to the database. */
  poolWaiting: number
  /** Commands that wait for the ballot box. */
  commandsWaiting: number
}

/** What is refused first, and what last: what only reads, what changes something or follows it, votes. */
export const ranks = ['reads', 'changes', 'votes'] as const
export type Rank = (typeof ranks)[number]

/**
 * More than this, and requests of that rank are refused. Far above what a busy machine does that still gets on: on two
 * cores, with the embedded database in the same thread and more requests than can be answered, the event loop is some ten
 * milliseconds late, and as many callers wait as there are connections. Ten connections that answer in 10 ms are through
 * with 200 callers in 0.2 s; after 5 s, callers give up. Of votes, the ballot box itself refuses what is beyond 10,000.
 */
const limits: Record<Rank, Load> = {
  reads: { delayMs: 1_000, poolWaiting: 200, commandsWaiting: 4_000 },
  changes: { delayMs: 2_000, poolWaiting: 400, commandsWaiting: 6_000 },
  votes: { delayMs: 8_000, poolWaiting: 2_000, commandsWaiting: Number.POSITIVE_INFINITY },
}

/** A moment does not count: it takes so many looks in a row to refuse something, or to take it again. */
const looks = 3

/** What is to be refused for now, as far as it was noted how much there is to do. */
export class Pressure {
  #level = 0
  readonly #seen: number[] = []

  /** How many ranks are refused, the first ones first. */
  get level(): number {
    return this.#level
  }

  sheds(rank: Rank): boolean {
    return this.#level > ranks.indexOf(rank)
  }

  note(load: Load): void {
    this.#seen.push(levelOf(load))
    if (this.#seen.length > looks) this.#seen.shift()
    if (this.#seen.length < looks) return
    this.#level = Math.min(Math.max(this.#level, Math.min(...this.#seen)), Math.max(...this.#seen))
  }
}

function levelOf(load: Load): number {
  return ranks.filter((rank) => isBeyond(load, limits[rank])).length
}

function isBeyond(load: Load, limit: Load): boolean {
  return (
    load.delayMs > limit.delayMs || load.poolWaiting > limit.poolWaiting || load.commandsWaiting > limit.commandsWaiting
  )
}
