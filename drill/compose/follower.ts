import { setTimeout as sleep } from 'node:timers/promises'
import type { ApiPoll } from '../../test/support/api-calls.ts'

type FollowerOptions = {
  /** As `fetch`. */
  send?: typeof fetch
  onRevision?: (revision: number) => void
}

/** Reads the live stream of a poll as a browser does: it connects again after a break, and resumes. */
export class Follower {
  /** In the order of arrival. */
  readonly revisions: number[] = []
  /** How long it was without a stream, of each break. */
  readonly gapsMs: number[] = []
  /** What Polldock tells browsers to wait before they connect again. */
  #retryMs = 0
  /** How often it connected. */
  connects = 0
  readonly #url: string
  readonly #send: typeof fetch
  readonly #onRevision: (revision: number) => void
  readonly #closing = new AbortController()
  readonly #done: Promise<void>

  constructor(url: string, { id }: ApiPoll, { send = fetch, onRevision = () => {} }: FollowerOptions = {}) {
    this.#url = `${url}/api/polls/${id}/stream`
    this.#send = send
    this.#onRevision = onRevision
    this.#done = this.#follow()
  }

  /** Whether all events from the second to this one came, once and in order. */
  hasAll(lastRevision: number): boolean {
    return (
      this.revisions.length === lastRevision - 1 && this.revisions.every((revision, index) => revision === index + 2)
    )
  }

  async close(): Promise<void> {
    this.#closing.abort()
    await this.#done
  }

  async #follow(): Promise<void> {
    let brokenAt: number | undefined
    while (!this.#closing.signal.aborted) {
      try {
        const headers = { accept: 'text/event-stream', 'last-event-id': String(this.revisions.at(-1) ?? 1) }
        const response = await this.#send(this.#url, { headers, signal: this.#closing.signal })
        if (response.ok && brokenAt !== undefined) this.gapsMs.push(performance.now() - brokenAt)
        if (response.ok) brokenAt = undefined
        if (response.ok) this.connects += 1
        if (response.ok && response.body) await this.#read(response.body)
      } catch {
        // The connection broke, or was closed.
      }
      brokenAt ??= performance.now()
      await sleep(this.#retryMs, undefined, { signal: this.#closing.signal }).catch(() => {})
    }
  }

  async #read(body: ReadableStream<Uint8Array>): Promise<void> {
    const decoder = new TextDecoder()
    let rest = ''
    for await (const bytes of body) {
      const lines = (rest + decoder.decode(bytes, { stream: true })).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) {
        if (line.startsWith('id: ')) this.#note(Number(line.slice(4)))
        if (line.startsWith('retry: ')) this.#retryMs = Number(line.slice(7))
      }
    }
  }

  #note(revision: number): void {
    this.revisions.push(revision)
    this.#onRevision(revision)
  }
}
