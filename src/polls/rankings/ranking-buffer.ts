import { noOption, type RankingPart } from '../counting/ranked/ranked-ballots.ts'

const [space, comma] = [' '.charCodeAt(0), ','.charCodeAt(0)]
const lastAscii = 127
const initialSize = 1_024

/**
 * Rankings that grow, in memory that a worker thread can share. Each option id gets a code of one byte: 100,000 rankings
 * of 50 options take 5 MB, and 60 MB as text.
 */
export class RankingBuffer {
  readonly #ids: string[] = []
  readonly #codesById = new Map<string, number>()
  /** By the first two characters: the code of an id that begins with them. */
  readonly #guesses = new Int16Array((lastAscii + 1) ** 2).fill(-1)
  #codes = new Uint8Array(new SharedArrayBuffer(initialSize))
  #ends = new Uint32Array(new SharedArrayBuffer(4 * initialSize))
  #weights = new Int32Array(new SharedArrayBuffer(4 * initialSize))
  #length = 0
  #size = 0

  /** The number of rankings. */
  get size(): number {
    return this.#size
  }

  /** The number of ranked options. */
  get length(): number {
    return this.#length
  }

  /** What was added so far, with the options' places in this list. Later additions do not change it. */
  part(optionIds: readonly string[]): RankingPart {
    const places = new Uint8Array(256).fill(noOption)
    for (const [place, id] of optionIds.entries()) {
      const code = this.#codesById.get(id)
      if (code !== undefined) places[code] = place
    }
    const rankings = {
      codes: this.#codes.subarray(0, this.#length),
      ends: this.#ends.subarray(0, this.#size),
      weights: this.#weights.subarray(0, this.#size),
    }
    return { rankings, places }
  }

  /** Adds this many ballots with a ranking, or removes them if it is negative. An empty ranking is no ballot. */
  add(ranking: readonly string[], ballots: number): void {
    if (ranking.length === 0) return
    for (const id of ranking) this.#push(this.#codesById.get(id) ?? this.#codeOf(id))
    this.#end(ballots)
  }

  /**
   * Adds a ballot for each ranking of this text: option ids with a space between, rankings with a comma between. An id
   * that begins like a known one is compared with it in place: a string for each id would take several times as long.
   */
  addText(text: string): void {
    let start = 0
    while (start < text.length) {
      const guess = this.#guesses[beginning(text, start)] ?? -1
      const known = this.#ids[guess]
      let end = start + (known?.length ?? 0)
      if (known !== undefined && text.startsWith(known, start) && isEnd(text, end)) this.#push(guess)
      else {
        end = start
        while (!isEnd(text, end)) end += 1
        this.#push(this.#codeOf(text.slice(start, end)))
      }
      if (end === text.length || text.charCodeAt(end) === comma) this.#end(1)
      start = end + 1
    }
  }

  #codeOf(id: string): number {
    const known = this.#codesById.get(id)
    if (known !== undefined) return known
    const code = this.#ids.length
    if (code >= noOption) throw new RangeError('A poll has too many options to count rankings.')
    this.#ids.push(id)
    this.#codesById.set(id, code)
    this.#guesses[beginning(id, 0)] = code
    return code
  }

  #push(code: number): void {
    if (this.#length === this.#codes.length) {
      const larger = new Uint8Array(new SharedArrayBuffer(2 * this.#codes.length))
      larger.set(this.#codes)
      this.#codes = larger
    }
    this.#codes[this.#length++] = code
  }

  #end(weight: number): void {
    if (this.#size === this.#ends.length) {
      const [ends, weights] = [this.#ends, this.#weights]
      this.#ends = new Uint32Array(new SharedArrayBuffer(8 * this.#size))
      this.#ends.set(ends)
      this.#weights = new Int32Array(new SharedArrayBuffer(8 * this.#size))
      this.#weights.set(weights)
    }
    this.#ends[this.#size] = this.#length
    this.#weights[this.#size++] = weight
  }
}

/** An index for the first two characters from here on. */
function beginning(text: string, start: number): number {
  return ((text.charCodeAt(start) & lastAscii) << 7) | (text.charCodeAt(start + 1) & lastAscii)
}

function isEnd(text: string, index: number): boolean {
  if (index >= text.length) return true
  const char = text.charCodeAt(index)
  return char === space || char === comma
}
