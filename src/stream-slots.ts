import { finished } from 'node:stream'
import type { FastifyReply } from 'fastify'

/** Counts event streams that are open at the same time, by the address of the client. */
export class StreamSlots {
  readonly #open = new Map<string, number>()

  get size(): number {
    return [...this.#open.values()].reduce((sum, count) => sum + count, 0)
  }

  /**
   * Takes a slot until the answer has ended or its connection has broken, also if that has happened already.
   *
   * @returns false when the address has `max` streams open
   */
  take(address: string, max: number, { raw: response }: FastifyReply): boolean {
    const count = this.#open.get(address) ?? 0
    if (count >= max) return false
    this.#open.set(address, count + 1)
    // Unlike the `close` event, this also tells a listener that comes too late.
    finished(response, () => this.#free(address))
    return true
  }

  #free(address: string): void {
    const left = (this.#open.get(address) ?? 1) - 1
    if (left > 0) this.#open.set(address, left)
    else this.#open.delete(address)
  }
}
