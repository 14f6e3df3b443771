import type { Database } from '../../database/database.ts'
import { isConstraintViolation, isDeadlock, isLockTimeout, unavailability } from '../../database/failures.ts'
import { Refusal, type RefusalCode } from '../../errors.ts'
import type { TraceContext } from '../../tracing/trace-context.ts'
import type { BallotEncryption } from '../anonymous/encryption.ts'
import { UncountedRanking } from '../counting/uncounted-ranking.ts'
import { isPollId } from '../model/ids.ts'
import { RankingCounter } from '../rankings/ranking-counter.ts'
import type { CommandResult, Committed, Idempotency, OutboxHook, StoredResponse, Submission } from './batch.ts'
import { CountedRankings } from './counted-rankings.ts'
import { PollCache } from './poll-cache.ts'
import { type CommitContext, commitBatch } from './transaction.ts'

/** With more waiting commands, new ones are refused at once. */
const maxWaiting = 10_000
/** Commands in one transaction. */
const maxBatch = 1_000
/** A poll that other processes had locked in so many batches is waited for. */
const maxSkips = 4

/** A queue of commands. Commands of one poll are always in the same lane, so they keep their order. */
type Lane = { waiting: Waiting[]; emptying?: Promise<void> }

/**
 * `isCounted`: a ranking was counted before; if votes have changed it since, it is counted within. `skipsBusy`: polls that
 * another process has locked are left out. A batch that waits for one poll while it holds the locks of others would hold up
 * the other processes.
 */
type CommitTry = { isSecondTry?: boolean; isCounted?: boolean; skipsBusy?: boolean }

/** Receives measurements. Must not throw. */
export type BallotBoxObserver = {
  /** Called after each commit. @param ms how long it took */
  batch(commands: number, committed: readonly Committed[], ms: number): void
  refused(code: RefusalCode): void
}

/** `encryption` is needed for anonymous polls. `counter` counts rankings that close. */
type BallotBoxOptions = {
  counter?: RankingCounter
  observer?: BallotBoxObserver | undefined
  traceContext?: TraceContext | undefined
  encryption?: BallotEncryption | undefined
}

type Waiting = Submission & {
  /** The trace context of the submitter. */
  from: string | undefined
  /** In how many batches another process had locked the poll. */
  skips: number
  resolve(answer: CommandResult | StoredResponse): void
  reject(error: unknown): void
}

/**
 * The one write path: it takes every command of a poll. Commands that arrive during a commit wait and are committed
 * together in the next batch (group commit). A batch may hold commands of several polls. It locks their rows in the
 * order of their ids, so several processes on one database need no other coordination and do not deadlock. It skips polls
 * that another process has locked, and their commands join the next batch. A database
 * with several lanes commits batches of different polls at the same time.
 */
export class BallotBox {
  readonly #database: Database
  readonly #context: CommitContext
  readonly #onCommitted: (committed: Committed[]) => void
  readonly #observer: BallotBoxObserver | undefined
  readonly #traceContext: TraceContext | undefined
  readonly #lanes: Lane[]
  /** Polls whose ranking is counted before they close, by id, with the commands that wait for it. */
  readonly #closing = new Map<string, Lane>()

  /** @param onCommitted called after each commit, with what happened in each poll; must not throw */
  constructor(
    database: Database,
    clock: () => Date,
    onCommitted: (committed: Committed[]) => void = () => {},
    outboxHook: OutboxHook = async () => () => {},
    { observer, traceContext, encryption, counter = new RankingCounter(database.prisma) }: BallotBoxOptions = {},
  ) {
    this.#database = database
    this.#context = {
      pollCache: new PollCache(),
      rankings: new CountedRankings(counter),
      clock,
      outboxHook,
      encryption,
    }
    this.#onCommitted = onCommitted
    this.#lanes = Array.from({ length: database.parallelBatches }, () => ({ waiting: [] }))
    this.#observer = observer
    this.#traceContext = traceContext
  }

  /** The number of waiting commands. */
  get waiting(): number {
    const counting = [...this.#closing.values()].reduce((sum, { waiting }) => sum + waiting.length, 0)
    return this.#lanes.reduce((sum, { waiting }) => sum + waiting.length, counting)
  }

  /**
   * Resolves once the command's events are committed, with the poll after the batch.
   *
   * @throws {Refusal} if the rules refuse the command (see `decide`); `unavailable` if too many commands wait
   */
  submit(submission: Omit<Submission, 'idempotency'>): Promise<CommandResult> {
    return this.#enqueue(submission) as Promise<CommandResult>
  }

  /** As `submit`, once per idempotency key. Resolves to `idempotency.answer`, which a repeated request gets again. */
  async submitOnce(submission: Submission & { idempotency: Idempotency }): Promise<unknown> {
    const { stored } = (await this.#enqueue(submission)) as StoredResponse
    return stored
  }

  #enqueue(submission: Submission): Promise<CommandResult | StoredResponse> {
    const { pollId } = submission
    if (!isPollId(pollId)) return this.#refuse('not_found', 'There is no such poll.')
    const lane = this.#closing.get(pollId) ?? this.#laneOf(pollId)
    if (lane.waiting.length >= maxWaiting) {
      return this.#refuse('unavailable', 'Too many people vote at this moment. Try again in a few seconds.')
    }
    return new Promise((resolve, reject) => {
      lane.waiting.push({ ...submission, from: this.#traceContext?.current(), skips: 0, resolve, reject })
      lane.emptying ??= this.#empty(lane)
    })
  }

  #refuse(code: RefusalCode, message: string): Promise<never> {
    this.#observer?.refused(code)
    return Promise.reject(new Refusal(code, message))
  }

  /** Resolves when no command waits any more. */
  async settled(): Promise<void> {
    while (this.waiting > 0 || this.#lanes.some(({ emptying }) => emptying) || this.#closing.size > 0)
      await Promise.all([...this.#lanes, ...this.#closing.values()].map(({ emptying }) => emptying))
  }

  /** Ids are random to their last character. */
  #laneOf(pollId: string): Lane {
    return this.#lanes[pollId.charCodeAt(pollId.length - 1) % this.#lanes.length] as Lane
  }

  async #empty(lane: Lane): Promise<void> {
    while (lane.waiting.length > 0) {
      // Lets requests that have already arrived join this batch.
      await new Promise(setImmediate)
      const batch = lane.waiting.splice(0, maxBatch)
      const busy = await this.#commit(batch, { skipsBusy: true })
      lane.waiting.unshift(...busy)
      const mustWait = busy.length === batch.length || busy.some(({ skips }) => skips > maxSkips)
      if (mustWait) await this.#commit(takeFirstPoll(lane))
    }
    lane.emptying = undefined
  }

  /** @returns the commands of polls that were skipped, in their order */
  async #commit(
    batch: Waiting[],
    { isSecondTry = false, isCounted = false, skipsBusy = false }: CommitTry = {},
  ): Promise<Waiting[]> {
    const startedAt = performance.now()
    try {
      const isOfSeveral = batch.some(({ pollId }) => pollId !== batch[0]?.pollId)
      const how = { countsWithin: isCounted, skipsBusy: skipsBusy && isOfSeveral }
      const commit = () => commitBatch(this.#database, batch, this.#context, how)
      const span = { name: 'commit batch' }
      const from = batch.map((waiting) => waiting.from)
      const { answers, busy, committed, afterCommit } = await (this.#traceContext?.continueTrace(span, from, commit) ??
        commit())
      this.#onCommitted(committed)
      afterCommit()
      const taken = batch.filter(({ pollId }) => !busy.has(pollId))
      if (taken.length > 0) this.#observer?.batch(taken.length, committed, performance.now() - startedAt)
      for (const [index, waiting] of taken.entries()) this.#settle(waiting, answers[index])
      return batch.filter(({ pollId }) => busy.has(pollId)).map(skipped)
    } catch (error) {
      await this.#recover(batch, error, isSecondTry, isCounted)
      return []
    }
  }

  async #recover(batch: Waiting[], error: unknown, isSecondTry: boolean, isCounted: boolean): Promise<void> {
    if (error instanceof UncountedRanking) return this.#setAside(batch, error)
    const byPoll = [...Map.groupBy(batch, ({ pollId }) => pollId).values()]
    const isViolation = isConstraintViolation(error)
    // A lock, or an unexpected error, that concerns one poll must not fail the other polls of the batch.
    const isOfOnePoll = !isViolation && (isLockTimeout(error) || !unavailability(error))
    if (isOfOnePoll && byPoll.length > 1) return this.#commitEach(byPoll)
    if (isViolation && batch.length > 1) return this.#commitEach(halves(batch), isCounted)
    // Another process may have stored the same Idempotency-Key meanwhile. The second try finds its answer.
    const mayWork = isDeadlock(error) || (isViolation && batch[0]?.idempotency)
    if (mayWork && !isSecondTry) await this.#commit(batch, { isSecondTry: true, isCounted })
    else rejectAll(batch, error)
  }

  /**
   * Counts the ranking, which takes up to a second, while the batch is committed without this poll's commands. These, and
   * those that follow, wait in a lane of the poll.
   */
  async #setAside(batch: Waiting[], uncounted: UncountedRanking): Promise<void> {
    const { id } = uncounted.poll
    const [ofPoll, others] = [batch.filter(({ pollId }) => pollId === id), batch.filter(({ pollId }) => pollId !== id)]
    const lane = this.#laneOf(id)
    const waiting = lane.waiting.filter(({ pollId }) => pollId === id)
    lane.waiting = lane.waiting.filter(({ pollId }) => pollId !== id)
    const closing: Lane = { waiting: [...ofPoll, ...waiting] }
    this.#closing.set(id, closing)
    closing.emptying = this.#close(id, closing, uncounted)
    if (others.length > 0) await this.#commit(others)
  }

  /** Commits what waits for a ranking that is counted, then returns to the ordinary lane. */
  async #close(pollId: string, closing: Lane, uncounted: UncountedRanking): Promise<void> {
    const { rankings } = this.#context
    try {
      await rankings.count(uncounted)
      await this.#commit(closing.waiting.splice(0, maxBatch), { isCounted: true })
    } catch (error) {
      rejectAll(closing.waiting.splice(0), error)
    }
    rankings.forget(pollId)
    this.#closing.delete(pollId)
    const lane = this.#laneOf(pollId)
    lane.waiting.unshift(...closing.waiting)
    if (lane.waiting.length > 0) lane.emptying ??= this.#empty(lane)
  }

  #settle(waiting: Waiting, answer: CommandResult | StoredResponse | Refusal | undefined): void {
    const refused = answer instanceof Refusal ? answer.code : answer && 'refused' in answer && answer.refused
    if (refused) this.#observer?.refused(refused)
    if (!answer) waiting.reject(new Error('The batch was committed without an answer to this command.'))
    else if (answer instanceof Refusal) waiting.reject(answer)
    else waiting.resolve(answer)
  }

  /** Commits smaller batches one by one, so one bad command or locked poll fails alone. */
  async #commitEach(batches: readonly Waiting[][], isCounted = false): Promise<void> {
    for (const batch of batches) await this.#commit(isCounted ? batch : this.#notClosing(batch), { isCounted })
  }

  /** The batch without commands of polls that an earlier one has set aside: they wait behind those. */
  #notClosing(batch: Waiting[]): Waiting[] {
    return batch.filter((waiting) => {
      const closing = this.#closing.get(waiting.pollId)
      closing?.waiting.push(waiting)
      return !closing
    })
  }
}

function skipped(waiting: Waiting): Waiting {
  return { ...waiting, skips: waiting.skips + 1 }
}

/** Takes a batch of the poll that waits longest out of the lane. */
function takeFirstPoll(lane: Lane): Waiting[] {
  const first = lane.waiting[0]?.pollId
  const taken = new Set(lane.waiting.filter(({ pollId }) => pollId === first).slice(0, maxBatch))
  lane.waiting = lane.waiting.filter((waiting) => !taken.has(waiting))
  return [...taken]
}

function halves<T>(list: readonly T[]): T[][] {
  const middle = list.length >> 1
  return [list.slice(0, middle), list.slice(middle)]
}

function rejectAll(batch: Waiting[], error: unknown): void {
  for (const waiting of batch) waiting.reject(error)
}
