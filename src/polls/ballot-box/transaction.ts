import type { Database } from '../../database/database.ts'
import type { Sql } from '../../database/direct-sql.ts'
import { writeAnonymousBallots } from '../anonymous/store.ts'
import { UncountedRanking } from '../counting/uncounted-ranking.ts'
import type { Batch, Committed, OutboxHook, Submission } from './batch.ts'
import { decideSubmission } from './decide-batch.ts'
import { type LoadContext, loadBatch } from './load.ts'
import { writeBatch } from './save.ts'
import { saveVoterLists } from './voter-list-store.ts'

export type CommitContext = LoadContext & { outboxHook: OutboxHook }

/**
 * Decides and commits the submissions, in their order, in one transaction of a constant number of statements. Nothing
 * is written if it throws. The answers have the order of the submissions, without those of busy polls.
 *
 * @param countsWithin whether it counts a ranking that closes within the transaction, while nobody can vote
 * @param skipsBusy whether it leaves out polls that another transaction has locked, instead of waiting for them
 * @returns `busy`: the ids of the polls that were left out
 * @throws {UncountedRanking} where a ranking has to be counted first
 */
export async function commitBatch(
  database: Pick<Database, 'transaction'>,
  submissions: readonly Submission[],
  context: CommitContext,
  { countsWithin, skipsBusy }: { countsWithin: boolean; skipsBusy: boolean },
) {
  const { pollCache, outboxHook, encryption } = context
  const outcome = await database.transaction(async (tx) => {
    const { batch, answers, busy } = await decideAll(tx, submissions, context, countsWithin, skipsBusy)
    await writeBatch(tx, batch)
    await writeAnonymousBallots(tx, batch.polls.values(), encryption)
    await saveVoterLists(tx, batch.polls.values())
    const done = committed(batch)
    return { answers, busy, committed: done, afterCommit: done.length > 0 ? await outboxHook(tx, done) : () => {} }
  })
  for (const { poll } of outcome.committed) pollCache.remember(poll)
  return outcome
}

async function decideAll(
  tx: Sql,
  submissions: readonly Submission[],
  context: CommitContext,
  countsWithin: boolean,
  skipsBusy: boolean,
) {
  for (;;) {
    const { batch, busy } = await loadBatch(tx, submissions, context, skipsBusy)
    try {
      const taken = submissions.filter(({ pollId }) => !busy.has(pollId))
      return { batch, busy, answers: taken.map((submission) => decideSubmission(batch, submission)) }
    } catch (error) {
      if (!(error instanceof UncountedRanking && countsWithin)) throw error
      await context.rankings.countWithin(tx, error)
    }
  }
}

function committed({ polls }: Batch): Committed[] {
  return [...polls.values()].flatMap(({ state, events, loaded }) =>
    state && events.length > 0
      ? [{ poll: state.poll, events, previous: loaded.poll?.revision ?? 0, notPostedTo: state.notPostedTo }]
      : [],
  )
}
