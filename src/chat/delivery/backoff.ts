/** The wait after the first failed attempt, and the longest, in milliseconds. */
export type Backoff = { firstMs: number; maxMs: number }

export const defaultBackoff: Backoff = { firstMs: 1_000, maxMs: 15 * 60_000 }

/**
 * How long to wait after so many failed attempts, in milliseconds: up to twice as long after each, anything between
 * nothing and that ("full jitter"), so that what failed together does not come back together. Never before the chat
 * said that it would be ready.
 *
 * @param chance from 0 to 1
 * @param askedMs what the chat asked for
 */
export function backoffMs({ firstMs, maxMs }: Backoff, attempts: number, chance: number, askedMs = 0): number {
  const most = Math.min(maxMs, firstMs * 2 ** Math.min(attempts - 1, 30))
  return Math.max(Math.ceil(most * chance), askedMs)
}
