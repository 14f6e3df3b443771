import { fromPrisma } from 'pg-boss'
import type { OutboxHook } from '../../polls/ballot-box/batch.ts'
import type { Job } from '../../queue/job-queue.ts'
import type { KeyedQueue } from '../../queue/keyed-queue.ts'
import { followPolls } from '../connections/follow-polls.ts'
import { threadsOf } from './threads.ts'

/** What a job is about: a thread with events to deliver, or, without a poll, a connection to check. */
export type JobTarget = { connectionId: string; pollId?: string }

export function jobOf(target: JobTarget): Job<JobTarget> {
  const { connectionId, pollId } = target
  return { key: pollId ? `${pollId}.${connectionId}` : connectionId, group: connectionId, about: target }
}

/**
 * The transactional outbox. In the transaction that commits events, it gives new polls a cursor in the connections that
 * want them, and queues a job for each thread that follows these polls, except where the connection waits for a retry.
 * Both are committed, or neither. The cursor is the guarantee; the job only makes delivery fast.
 *
 * @param queue gives undefined before the worker has started: its sweep finds the threads later
 * @returns the hook that the ballot box calls in the transaction of each batch
 */
export function outboxOf(queue: () => KeyedQueue<JobTarget> | undefined, clock: () => Date): OutboxHook {
  return async function enqueue(tx, committed) {
    await followPolls(tx, committed)
    const jobs = queue()
    const pollIds = committed.map(({ poll }) => poll.id)
    const threads = jobs ? await threadsOf(tx, pollIds, clock()) : []
    if (!jobs || threads.length === 0) return () => {}
    return jobs.addWithin(fromPrisma(tx), threads.map(jobOf))
  }
}
