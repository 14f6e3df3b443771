import type { PrismaClient } from '../../database/generated/client.ts'
import type { BallotEncryption } from '../anonymous/encryption.ts'
import { writeSecretBallots } from '../anonymous/store.ts'
import type { Batch, Committed, OutboxHook, Submission } from './batch.ts'
import { answer } from './decide-batch.ts'
import { loadBatch } from './load.ts'
import type { PollCache } from './poll-cache.ts'
import { writeBatch } from './save.ts'
import { saveVoterLists } from './voter-list-store.ts'

type CommitContext = { known: PollCache; clock: () => Date; alongside: OutboxHook; seal: BallotEncryption | undefined }

/** How long a batch may wait for a connection, and then take, in milliseconds. */
const transactionTimeouts = { maxWait: 10_000, timeout: 15_000 }

/**
 * Decides and commits the submissions, in their order, in one transaction of a constant number of statements.
 * Nothing of it is there if it throws; the answers are in the order of the submissions.
 */
export async function commitBatch(
  prisma: PrismaClient,
  submissions: readonly Submission[],
  { known, clock, alongside, seal }: CommitContext,
) {
  const outcome = await prisma.$transaction(async (tx) => {
    const batch = await loadBatch(tx, submissions, known, clock, seal)
    const answers = submissions.map((submission) => answer(batch, submission))
    await writeBatch(tx, batch)
    await writeSecretBallots(tx, batch.polls.values(), seal)
    await saveVoterLists(tx, batch.polls.values())
    const done = committed(batch)
    return { answers, committed: done, afterwards: done.length > 0 ? await alongside(tx, done) : () => {} }
  }, transactionTimeouts)
  for (const { poll } of outcome.committed) known.remember(poll)
  return outcome
}

function committed({ polls }: Batch): Committed[] {
  return [...polls.values()].flatMap(({ state, events, loaded }) =>
    state && events.length > 0 ? [{ poll: state.poll, events, previous: loaded.revision }] : [],
  )
}
