/** A request without a response for this time counts as hung, in milliseconds; ten times the database's timeout. */
const hangMs = 60_000

export type DrillResponse = { status: number; type: string; text: string }

/** The responses to many requests. */
export class DrillResponses {
  readonly statuses = new Map<number, number>()
  /** Requests whose connection broke before a response. */
  broken = 0
  /** Requests without a response for a minute. */
  hung = 0
  slowestMs = 0
  /** 503 responses without a Retry-After. */
  withoutRetryAfter = 0
  /** The first response that reports a failure of Polldock. */
  firstFailure = ''
  readonly times: number[] = []
  /** The times of failures: of a 5xx, or of no response. */
  readonly failedAt: number[] = []

  /** @returns undefined without a response; the text is empty if it never ends, as of an event stream */
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
      this.#noteFailure(error as Error)
      return undefined
    }
  }

  /** As `fetch`, with a response that is read and noted. */
  readonly fetch: typeof fetch = async (input, init) => {
    const start = performance.now()
    try {
      const response = await fetch(input, { signal: AbortSignal.timeout(hangMs), ...init })
      const text = await response.text()
      this.#note(response, text, performance.now() - start)
      return new Response(text || null, { status: response.status, headers: response.headers })
    } catch (error) {
      this.#noteFailure(error as Error)
      throw error
    }
  }

  #noteFailure({ name }: Error): void {
    if (name === 'TimeoutError') this.hung += 1
    else this.broken += 1
    this.failedAt.push(performance.now())
  }

  #note({ status, headers }: Response, text: string, ms: number): void {
    this.statuses.set(status, (this.statuses.get(status) ?? 0) + 1)
    this.slowestMs = Math.max(this.slowestMs, ms)
    this.times.push(ms)
    if (status >= 500) this.failedAt.push(performance.now())
    if (status === 503 && !headers.get('retry-after')) this.withoutRetryAfter += 1
    if (status >= 500 && status !== 503 && !this.firstFailure) this.firstFailure = `${status} ${text.slice(0, 200)}`
  }

  get count(): number {
    return this.times.length
  }

  with(status: number): number {
    return this.statuses.get(status) ?? 0
  }

  /** Responses that report a failure of Polldock, except for the deliberate 503. */
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
