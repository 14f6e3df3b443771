/** A sample of the load. */
export type Load = {
  /** Mean event loop delay, in milliseconds. */
  delayMs: number
  /** Callers that wait for a connection to the database. */
  poolWaiting: number
  /** Commands that wait for the ballot box. */
  commandsWaiting: number
}

/** Ranks of requests in the order in which they are shed: reads; changes and live streams; votes. */
export const ranks = ['reads', 'changes', 'votes'] as const
export type Rank = (typeof ranks)[number]

/**
 * Above these limits, requests of that rank are shed. A request takes several turns of the event loop. With some 5,000
 * pages at once on two cores a turn takes half a second; with 64 at once, and the embedded database in the same thread,
 * some milliseconds. So a far slower or busier machine still refuses nothing. Ten database connections that answer in
 * 10 ms serve 200 callers in 0.2 s; after 5 s, callers give up. The ballot box itself refuses votes beyond 10,000.
 */
const limits: Record<Rank, Load> = {
  reads: { delayMs: 500, poolWaiting: 200, commandsWaiting: 4_000 },
  changes: { delayMs: 1_000, poolWaiting: 400, commandsWaiting: 6_000 },
  votes: { delayMs: 5_000, poolWaiting: 2_000, commandsWaiting: Number.POSITIVE_INFINITY },
}

/** So many samples in a row must agree before a rank is shed, or accepted again. */
const looks = 3

/** Decides from samples of the load which ranks to shed. */
export class LoadMonitor {
  #level = 0
  readonly #seen: number[] = []

  /** How many ranks are shed, in the order of `ranks`. */
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

/**
 * How late the event loop is, by two measures that each fail the other's way: its mean between two looks, which is not
 * finite where there were no two turns of it in between, and by how much this look came late.
 *
 * @param everyMs the time between two looks
 */
export function loopDelay(meanMs: number, lateMs: number, everyMs: number): number {
  return Math.max(Number.isFinite(meanMs) ? meanMs : everyMs, lateMs)
}

function levelOf(load: Load): number {
  return ranks.filter((rank) => isBeyond(load, limits[rank])).length
}

function isBeyond(load: Load, limit: Load): boolean {
  return (
    load.delayMs > limit.delayMs || load.poolWaiting > limit.poolWaiting || load.commandsWaiting > limit.commandsWaiting
  )
}
