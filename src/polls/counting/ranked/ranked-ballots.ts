/** Rankings and the number of their ballots: option ids, best first, without the options that were left out. */
export type Rankings = readonly { readonly ranking: readonly string[]; readonly ballots: number }[]

/**
 * Rankings in flat arrays, which count fast and are shared with a worker thread without a copy. Ranking r is
 * `codes[ends[r - 1]]` to `codes[ends[r] - 1]`, the best first; `weights[r]` is the number of its ballots. A ballot that
 * was changed or withdrawn is a second entry with a negative weight.
 */
export type CodedRankings = { codes: Uint8Array; ends: Uint32Array; weights: Int32Array }

/** Different rankings by option index, each with the number of its ballots. */
export type RankedBallots = CodedRankings & { options: number }

/** A code that stands for no option of the poll. */
export const noOption = 255

/** The number of rankings. */
export function sizeOf({ ends }: Pick<CodedRankings, 'ends'>): number {
  return ends.length
}

export function startOf({ ends }: Pick<CodedRankings, 'ends'>, ranking: number): number {
  return ranking === 0 ? 0 : (ends[ranking - 1] as number)
}

export function ballotsOf(optionIds: readonly string[], rankings: Rankings): RankedBallots {
  const places = new Map(optionIds.map((id, place) => [id, place]))
  const coded = rankings.map(({ ranking }) => ranking.flatMap((id) => places.get(id) ?? []))
  let end = 0
  return {
    options: optionIds.length,
    codes: Uint8Array.from(coded.flat()),
    ends: Uint32Array.from(coded, ({ length }) => (end += length)),
    weights: Int32Array.from(rankings, ({ ballots }) => ballots),
  }
}

/** Rankings of which each code stands for the option at `places[code]`, or for none that is counted: `noOption`. */
export type RankingPart = { rankings: CodedRankings; places: Uint8Array }

/** Puts equal rankings together, and leaves out those without ballots: fewer rankings take less time to count. */
export function grouped(options: number, parts: readonly RankingPart[]): RankedBallots {
  const groups = new Groups(parts)
  for (const { rankings, places } of parts) {
    for (let ranking = 0; ranking < sizeOf(rankings); ranking++) groups.add(rankings, ranking, places)
  }
  return { options, ...groups.withBallots() }
}

/** A hash table with open addressing (FNV-1a): with strings as keys, it would take many times as long. */
class Groups {
  readonly #codes: Uint8Array
  readonly #ends: Uint32Array
  readonly #weights: Int32Array
  readonly #hashes: Uint32Array
  /** The number of a group plus 1, by hash; 0 where there is none. */
  readonly #slots: Uint32Array
  #size = 0

  constructor(parts: readonly RankingPart[]) {
    const size = parts.reduce((sum, { rankings }) => sum + sizeOf(rankings), 0)
    this.#codes = new Uint8Array(parts.reduce((sum, { rankings }) => sum + rankings.codes.length, 0))
    this.#ends = new Uint32Array(size)
    this.#weights = new Int32Array(size)
    this.#hashes = new Uint32Array(size)
    this.#slots = new Uint32Array(2 ** Math.ceil(Math.log2(2 * size + 2)))
  }

  add(rankings: CodedRankings, ranking: number, places: Uint8Array): void {
    const { codes } = rankings
    const [to, weight] = [rankings.ends[ranking] as number, rankings.weights[ranking] as number]
    const all = this.#codes
    const start = this.#size === 0 ? 0 : (this.#ends[this.#size - 1] as number)
    let end = start
    let hash = 0x811c9dc5
    for (let index = startOf(rankings, ranking); index < to; index++) {
      const place = places[codes[index] as number] as number
      if (place === noOption) continue
      all[end++] = place
      hash = Math.imul(hash ^ place, 0x01000193)
    }
    hash >>>= 0
    const mask = this.#slots.length - 1
    let slot = (hash ^ (hash >>> 15)) & mask
    for (let group = this.#slots[slot] as number; group > 0; group = this.#slots[slot] as number) {
      if (this.#hashes[group - 1] === hash && this.#isEqual(group - 1, start, end)) {
        this.#weights[group - 1] = (this.#weights[group - 1] as number) + weight
        return
      }
      slot = (slot + 1) & mask
    }
    this.#ends[this.#size] = end
    this.#weights[this.#size] = weight
    this.#hashes[this.#size] = hash
    this.#slots[slot] = ++this.#size
  }

  #isEqual(group: number, from: number, to: number): boolean {
    const [all, start] = [this.#codes, group === 0 ? 0 : (this.#ends[group - 1] as number)]
    if ((this.#ends[group] as number) - start !== to - from) return false
    for (let index = from; index < to; index++) if (all[index] !== all[start + index - from]) return false
    return true
  }

  withBallots(): CodedRankings {
    const [codes, ends, weights] = [this.#codes, this.#ends, this.#weights]
    let [size, end, start] = [0, 0, 0]
    for (let group = 0; group < this.#size; group++) {
      const [from, to] = [start, ends[group] as number]
      start = to
      if (weights[group] === 0) continue
      codes.copyWithin(end, from, to)
      end += to - from
      ends[size] = end
      weights[size] = weights[group] as number
      size += 1
    }
    return { codes: codes.subarray(0, end), ends: ends.subarray(0, size), weights: weights.subarray(0, size) }
  }
}
