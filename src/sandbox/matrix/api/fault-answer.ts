import type { Fault } from '../../faults/fault.ts'

/** The body of an answer that a fault makes. */
export function faultAnswer({ status, retryAfter }: Extract<Fault, { kind: 'status' }>) {
  const error = `The stand-in was asked to answer ${status}.`
  if (status === 429) return { errcode: 'M_LIMIT_EXCEEDED', error, retry_after_ms: (retryAfter ?? 1) * 1_000 }
  return { errcode: errcodes[status] ?? 'M_UNKNOWN', error }
}

const errcodes: Record<number, string> = { 401: 'M_UNKNOWN_TOKEN', 403: 'M_FORBIDDEN', 413: 'M_TOO_LARGE' }
