import { once } from 'node:events'
import type { ServerResponse } from 'node:http'

/** One open stream of a poll. */
export type Viewer = {
  personId: string | undefined
  /** The latest revision sent to this viewer. */
  revision: number
  /** Writes without waiting. */
  write(bytes: Buffer): void
  /** Written bytes that the network has not taken yet. */
  backlog(): number
  /** Resolves when the backlog is empty or the viewer has left; rejects after `resumeTimeoutMs`. */
  drained(): Promise<void>
  end(): void
}

/** How long a viewer may read nothing while catching up. */
const resumeTimeoutMs = 30_000

/** The viewer at the other end of this response. */
export function viewerOf(
  response: ServerResponse,
  { personId, revision }: Pick<Viewer, 'personId' | 'revision'>,
): Viewer {
  return {
    personId,
    revision,
    write: (bytes) => void response.write(bytes),
    backlog: () => response.writableLength,
    drained: () => drained(response),
    // A viewer that does not read would not read the end either.
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
