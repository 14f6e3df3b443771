import type { QueueLimits } from '../../queue/job-queue.ts'
import type { ChatTimeouts } from '../chat.ts'
import { gatherMs } from '../gathered-votes.ts'
import { type Backoff, defaultBackoff } from './backoff.ts'
import type { HoldTimes } from './plan.ts'

/** Intervals, timeouts and limits of delivery. */
export type DeliveryTiming = {
  limits: QueueLimits
  /** How often to look for jobs of processes that died, in seconds. */
  superviseSeconds: number
  /** How often the sweep looks for undelivered events without a job, in milliseconds. */
  sweepMs: number
  /** The interval between messages of votes in one thread, in milliseconds. */
  paceMs: number
  hold: HoldTimes
  backoff: Backoff
  timeouts: ChatTimeouts
}

/**
 * Other processes take over the threads of a killed one after at most `expireSeconds` plus twice `superviseSeconds`.
 */
export const defaultTiming: DeliveryTiming = {
  limits: { atOnce: 256, perGroup: 64, expireSeconds: 20, pollMs: 1_000 },
  superviseSeconds: 3,
  sweepMs: 10_000,
  paceMs: 1_000,
  hold: { quietMs: gatherMs, maxMs: 60_000 },
  backoff: defaultBackoff,
  timeouts: { connectMs: 3_000, totalMs: 10_000 },
}
