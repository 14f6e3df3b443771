import { createHash } from 'node:crypto'

/** What a table holds, in short. */
export type TableSum = { table: string; rows: number; checksum: string }

const bits = 128n

/** Of a table's rows in any order, as no order is the same in every database: the sum of their SHA-256, in 128 bits. */
export class Checksum {
  #sum = 0n
  #rows = 0

  /** @param rows as the export has them: JSON arrays of texts */
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
