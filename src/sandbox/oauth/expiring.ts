/** More are never kept; the oldest go first. */
const most = 10_000

/** What is found by a secret for a time that is the same for all, so that the oldest are the first to end. */
export class Expiring<Value> {
  readonly #entries = new Map<string, { value: Value; expiresAt: number }>()
  readonly #lifetime: number
  readonly #clock: () => Date

  /** @param lifetime in seconds */
  constructor(lifetime: number, clock: () => Date) {
    this.#lifetime = lifetime * 1000
    this.#clock = clock
  }

  set(secret: string, value: Value): void {
    const now = this.#clock().getTime()
    this.#entries.set(secret, { value, expiresAt: now + this.#lifetime })
    for (const [oldest, { expiresAt }] of this.#entries) {
      if (expiresAt > now && this.#entries.size <= most) break
      this.#entries.delete(oldest)
    }
  }

  get(secret: string): Value | undefined {
    const entry = this.#entries.get(secret)
    return entry && entry.expiresAt > this.#clock().getTime() ? entry.value : undefined
  }

  delete(secret: string): void {
    this.#entries.delete(secret)
  }
}
