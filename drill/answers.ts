/** Longer than this without an answer is a hang, in milliseconds; ten times what the database may take. */
const hangMs = 60_000

export type DrillResponse = { status: number; type: string; text: string }

/** What came back to many requests. */
export class DrillResponses {
  readonly statuses = new Map<number, number>()
  /** Requests that were not answered because the connection broke. */
  broken = 0
  /** Requests that were not answered for a minute. */
  hung = 0
  slowestMs = 0
  /** Refusals for being unavailable that do not say when to come back. */
  withoutRetryAfter = 0
  /** The first answer that is nobody's fault but ours. */
  firstFailure = ''
  readonly times: number[] = []

  /** @returns undefined when there was no answer; without text that never ends, as of an event stream */
  async send(url: string, init: RequestInit = {}): Promise<DrillResponse | undefined> {
    const start = performance.now()
    try {
      const response = await fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(hangMs), ...init })
      const type = response.headers.get('content-type') ?? ''
      const isEndless = type.startsWith('text/event-stream')
      const text = isEndless ? '' : await response.text()
      if (isEndless) await response.body?.cancel()
      this.#note(response, text, performance.now() - start)
      return { status: response.status, type, text }
    } catch (error) {
      if ((error as Error).name === 'TimeoutError') this.hung += 1
      else this.broken += 1
      return undefined
    }
  }

  #note({ status, headers }: Response, text: string, ms: number): void {
    this.statuses.set(status, (this.statuses.get(status) ?? 0) + 1)
    this.slowestMs = Math.max(this.slowestMs, ms)
    this.times.push(ms)
    if (status === 503 && !headers.get('retry-after')) this.withoutRetryAfter += 1
    if (status >= 500 && status !== 503 && !this.firstFailure) this.firstFailure = `${status} ${text.slice(0, 200)}`
  }

  get count(): number {
    return this.times.length
  }

  with(status: number): number {
    return this.statuses.get(status) ?? 0
  }

  /** Answers that say that Polldock failed, other than the deliberate 503. */
  get failures(): number {
    return [...this.statuses].reduce((sum, [status, count]) => (status >= 500 && status !== 503 ? sum + count : sum), 0)
  }

  /** Whether every answer is a clear one. */
  get areClear(): boolean {
    return this.failures === 0 && this.hung === 0 && this.withoutRetryAfter === 0
  }

  quantileMs(share: number): number {
    const sorted = this.times.toSorted((a, b) => a - b)
    return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN
  }

  toString(): string {
    const counts = [...this.statuses].sort(([a], [b]) => a - b).map(([status, count]) => `${count} × ${status}`)
    if (this.broken > 0) counts.push(`${this.broken} connections broken`)
    if (this.hung > 0) counts.push(`${this.hung} without an answer in a minute`)
    if (this.withoutRetryAfter > 0) counts.push(`${this.withoutRetryAfter} × 503 without Retry-After`)
    if (this.firstFailure) counts.push(`first: ${this.firstFailure.replaceAll(/[|\n]/g, ' ')}`)
    return `${counts.join(', ')}; slowest ${(this.slowestMs / 1_000).toFixed(1)} s`
  }
}
