import { createHash } from 'node:crypto'

/** The number of rows of a table, and their checksum. */
export type TableSum = { table: string; rows: number; checksum: string }

const bits = 128n

/** The sum of the rows' SHA-256 in 128 bits: it does not depend on the order, which differs between databases. */
export class Checksum {
  #sum = 0n
  #rows = 0

  /** @param rows JSON arrays of texts, as in the export */
  add(rows: readonly string[]): void {
    for (const row of rows) {
      const digest = createHash('sha256').update(row).digest('hex')
      this.#sum = BigInt.asUintN(Number(bits), this.#sum + BigInt(`0x${digest.slice(0, 32)}`))
    }
    this.#rows += rows.length
  }

  of(table: string): TableSum {
    return { table, rows: this.#rows, checksum: this.#sum.toString(16).padStart(32, '0') }
  }
}
