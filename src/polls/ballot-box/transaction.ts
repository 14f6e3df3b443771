import type { PrismaClient } from '../../database/generated/client.ts'
import type { BallotEncryption } from '../anonymous/encryption.ts'
import { writeAnonymousBallots } from '../anonymous/store.ts'
import type { Batch, Committed, OutboxHook, Submission } from './batch.ts'
import { decideSubmission } from './decide-batch.ts'
import { loadBatch } from './load.ts'
import type { PollCache } from './poll-cache.ts'
import { writeBatch } from './save.ts'
import { saveVoterLists } from './voter-list-store.ts'

export type CommitContext = {
  pollCache: PollCache
  clock: () => Date
  outboxHook: OutboxHook
  encryption: BallotEncryption | undefined
}

/** Milliseconds that a batch may wait for a connection, and then take. */
const transactionTimeouts = { maxWait: 10_000, timeout: 15_000 }

/**
 * Decides and commits the submissions, in their order, in one transaction of a constant number of statements. Nothing
 * is written if it throws. The answers have the order of the submissions.
 */
export async function commitBatch(
  prisma: PrismaClient,
  submissions: readonly Submission[],
  { pollCache, clock, outboxHook, encryption }: CommitContext,
) {
  const outcome = await prisma.$transaction(async (tx) => {
    const batch = await loadBatch(tx, submissions, pollCache, clock, encryption)
    const answers = submissions.map((submission) => decideSubmission(batch, submission))
    await writeBatch(tx, batch)
    await writeAnonymousBallots(tx, batch.polls.values(), encryption)
    await saveVoterLists(tx, batch.polls.values())
    const done = committed(batch)
    return { answers, committed: done, afterCommit: done.length > 0 ? await outboxHook(tx, done) : () => {} }
  }, transactionTimeouts)
  for (const { poll } of outcome.committed) pollCache.remember(poll)
  return outcome
}

function committed({ polls }: Batch): Committed[] {
  return [...polls.values()].flatMap(({ state, events, loaded }) =>
    state && events.length > 0 ? [{ poll: state.poll, events, previous: loaded.revision }] : [],
  )
}
