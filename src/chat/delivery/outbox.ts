import { fromPrisma } from 'pg-boss'
import type { Prisma } from '../../database/generated/client.ts'
import type { Committed } from '../../polls/ballot-box/batch.ts'
import type { Job } from '../../queue/job-queue.ts'
import type { KeyedQueue } from '../../queue/keyed-queue.ts'
import { followPolls } from '../connections/follow-polls.ts'
import { type ThreadKey, threadsOf } from './threads.ts'

/** What is target: a thread that has something to be message, or, without a poll, a connection that needs care. */
export type JobTarget = { connectionId: string; pollId?: string }

export function jobOf(target: JobTarget): Job<JobTarget> {
  const { connectionId, pollId } = target
  return { key: pollId ? `${pollId}.${connectionId}` : connectionId, group: connectionId, about: target }
}

/**
 * Notes, in the transaction in which something happens to polls, which threads are to be told of it. Where no chat
 * follows these polls that is one statement. Without `jobs`, as where no jobs run, somebody finds them later.
 *
 * @returns to be called as soon as it is committed
 */
export async function enqueue(
  tx: Prisma.TransactionClient,
  committed: readonly Committed[],
  jobs: KeyedQueue<JobTarget> | undefined,
  now: Date,
): Promise<() => void> {
  await followPolls(tx, committed)
  const pollIds = committed.map(({ poll }) => poll.id)
  const threads: ThreadKey[] = jobs ? await threadsOf(tx, pollIds, now) : []
  if (!jobs || threads.length === 0) return () => {}
  return jobs.addWithin(fromPrisma(tx), threads.map(jobOf))
}
