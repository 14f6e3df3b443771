import type { QueueLimits } from '../../queue/job-queue.ts'
import { type Backoff, defaultBackoff } from './backoff.ts'

/** How delivery takes its time. */
export type DeliveryTiming = {
  limits: QueueLimits
  /** How often to look for threads in the hands of processes that have gone, in seconds. */
  superviseSeconds: number
  /** How often to look for threads that are behind though nobody is woken for them, in milliseconds. */
  sweepMs: number
  /** How often one thread is told of votes when they come faster than that, in milliseconds. */
  paceMs: number
  backoff: Backoff
  /** How long a call to a chat may take, in milliseconds: until the connection stands, and in all. */
  timeouts: { connectMs: number; totalMs: number }
}

/** A process that is killed leaves its threads to others after `expireSeconds` and twice `watchSeconds` at most. */
export const defaultTiming: DeliveryTiming = {
  limits: { atOnce: 32, perGroup: 8, expireSeconds: 20, pollMs: 1_000 },
  superviseSeconds: 3,
  sweepMs: 10_000,
  paceMs: 1_000,
  backoff: defaultBackoff,
  timeouts: { connectMs: 3_000, totalMs: 10_000 },
}
