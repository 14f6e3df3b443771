/** The first and the longest wait after a failed attempt, in milliseconds. */
export type Backoff = { firstMs: number; maxMs: number }

export const defaultBackoff: Backoff = { firstMs: 1_000, maxMs: 15 * 60_000 }

/**
 * Exponential backoff with full jitter: a random wait up to a limit that doubles with each attempt, so connections that
 * failed together do not retry together. Never less than the chat asked for.
 *
 * @param chance a random number from 0 to 1
 * @param askedMs the wait that the chat asked for, in milliseconds
 * @returns milliseconds
 */
export function backoffMs({ firstMs, maxMs }: Backoff, attempts: number, chance: number, askedMs = 0): number {
  const most = Math.min(maxMs, firstMs * 2 ** Math.min(attempts - 1, 30))
  return Math.max(Math.ceil(most * chance), askedMs)
}
