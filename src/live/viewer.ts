import { once } from 'node:events'
import type { ServerResponse } from 'node:http'

/** Somebody who watches a poll through a stream. */
export type Viewer = {
  personId: string | undefined
  /** The latest revision this viewer has seen. */
  at: number
  /** Hands the bytes over without waiting. */
  write(bytes: Buffer): void
  /** Bytes handed over that the network has not taken yet. */
  backlog(): number
  /** Resolves when the network has taken them, or the viewer has left; rejects when it takes too long. */
  drained(): Promise<void>
  end(): void
}

/** How long somebody may read nothing of what they are behind with, in milliseconds. */
const resumeTimeoutMs = 30_000

/** Whoever reads this response. */
export function viewerOf(response: ServerResponse, { personId, at }: Pick<Viewer, 'personId' | 'at'>): Viewer {
  return {
    personId,
    at,
    write: (bytes) => void response.write(bytes),
    backlog: () => response.writableLength,
    drained: () => drained(response),
    // Who does not read would not read the end either.
    end: () => void (response.writableLength > 0 ? response.destroy() : response.end()),
  }
}

async function drained(response: ServerResponse): Promise<void> {
  if (!response.writableNeedDrain || response.destroyed) return
  const settled = new AbortController()
  const signal = AbortSignal.any([settled.signal, AbortSignal.timeout(resumeTimeoutMs)])
  await Promise.race([once(response, 'drain', { signal }), once(response, 'close', { signal })])
  settled.abort()
}
