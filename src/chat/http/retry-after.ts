const dayInMs = 86_400_000

/**
 * Parses `Retry-After`, in seconds or as a date (RFC 9110, 10.2.3).
 *
 * @returns milliseconds from now, at most a day; undefined when it is neither
 */
export function retryAfterMs(header: string | undefined, now: Date): number | undefined {
  const value = header?.trim() ?? ''
  if (!seconds.test(value) && !httpDate.test(value)) return
  const ms = seconds.test(value) ? Number(value) * 1_000 : Date.parse(value) - now.getTime()
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(ms, 0), dayInMs)
}

const seconds = /^\d+$/
const httpDate = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/
