import { fromPrisma } from 'pg-boss'
import type { Prisma } from '../../database/generated/client.ts'
import type { Committed } from '../../polls/ballot-box/transaction.ts'
import type { WakeUp } from '../../queue/job-queue.ts'
import type { WakeUps } from '../../queue/keyed-queue.ts'
import { followPolls } from '../connections/follow-polls.ts'
import { type Thread, threadsOf } from './threads.ts'

/** What is woken: a thread that has something to be told, or, without a poll, a connection that needs care. */
export type Woken = { connectionId: string; pollId?: string }

export function wakeUpOf(woken: Woken): WakeUp<Woken> {
  const { connectionId, pollId } = woken
  return { key: pollId ? `${pollId}.${connectionId}` : connectionId, group: connectionId, about: woken }
}

/**
 * Notes, in the transaction in which something happens to polls, which threads are to be told of it. Where no chat
 * follows these polls that is one statement. Without `wakeUps`, as where no jobs run, somebody finds them later.
 *
 * @returns to be called as soon as it is committed
 */
export async function enqueue(
  tx: Prisma.TransactionClient,
  committed: readonly Committed[],
  wakeUps: WakeUps<Woken> | undefined,
  now: Date,
): Promise<() => void> {
  await followPolls(tx, committed)
  const pollIds = committed.map(({ poll }) => poll.id)
  const threads: Thread[] = wakeUps ? await threadsOf(tx, pollIds, now) : []
  if (!wakeUps || threads.length === 0) return () => {}
  return wakeUps.addWithin(fromPrisma(tx), threads.map(wakeUpOf))
}
