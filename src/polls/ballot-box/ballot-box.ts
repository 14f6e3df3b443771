import type { Database } from '../../database/database.ts'
import { isConstraintViolation, isDeadlock, isLockTimeout, unavailability } from '../../database/failures.ts'
import { Refusal, type RefusalCode } from '../../errors.ts'
import type { TraceContext } from '../../tracing/trace-context.ts'
import type { BallotEncryption } from '../anonymous/encryption.ts'
import { isPollId } from '../model/ids.ts'
import type { CommandResult, Committed, Idempotency, OutboxHook, StoredResponse, Submission } from './batch.ts'
import { PollCache } from './poll-cache.ts'
import { commitBatch } from './transaction.ts'

/** More waiting commands than this and the box refuses: better a clear answer now than a late one. */
const maxWaiting = 10_000
/** What one transaction takes at most. */
const maxBatch = 1_000

/** Where commands wait for their turn; those of one poll always in the same lane, so that they keep their order. */
type Lane = { waiting: Waiting[]; emptying?: Promise<void> }

/** Told how the box fares; must not throw. */
export type BoxObserver = {
  /** Of each commit: how many commands it took, what they did, and how long it took in milliseconds. */
  batch(commands: number, committed: readonly Committed[], ms: number): void
  refused(code: RefusalCode): void
}

/** `seal` is needed where polls are anonymous. */
type BallotBoxOptions = {
  observer?: BoxObserver | undefined
  traceContext?: TraceContext | undefined
  seal?: BallotEncryption | undefined
}

type Waiting = Submission & {
  /** Where it was submitted. */
  from: string | undefined
  resolve(answer: CommandResult | StoredResponse): void
  reject(error: unknown): void
}

/**
 * The one write path. Commands that arrive while a batch is being committed wait and are committed together in the
 * next: group commit. A batch may span polls; each of them is locked by its row, in the order of their ids, so that
 * several processes on one database are correct without talking to each other and cannot deadlock. Where the database
 * has several lanes, batches of different polls are committed side by side: it works while the next ones gather.
 */
export class BallotBox {
  readonly #database: Database
  readonly #clock: () => Date
  readonly #onCommitted: (committed: Committed[]) => void
  readonly #alongside: OutboxHook
  readonly #observer: BoxObserver | undefined
  readonly #traceContext: TraceContext | undefined
  readonly #seal: BallotEncryption | undefined
  readonly #lanes: Lane[]
  readonly #known = new PollCache()

  /** @param onCommitted told after each commit, poll by poll, what happened; must not throw */
  constructor(
    database: Database,
    clock: () => Date,
    onCommitted: (committed: Committed[]) => void = () => {},
    alongside: OutboxHook = async () => () => {},
    { observer, traceContext, seal }: BallotBoxOptions = {},
  ) {
    this.#database = database
    this.#clock = clock
    this.#onCommitted = onCommitted
    this.#lanes = Array.from({ length: database.lanes }, () => ({ waiting: [] }))
    this.#alongside = alongside
    this.#observer = observer
    this.#traceContext = traceContext
    this.#seal = seal
  }

  /** How many commands wait for their turn. */
  get waiting(): number {
    return this.#lanes.reduce((sum, { waiting }) => sum + waiting.length, 0)
  }

  /**
   * Resolves once the command's events are committed, with the poll as it then stands.
   *
   * @throws {Refusal} when the rules refuse it (see `decide`), or `unavailable` when too many commands wait
   */
  submit(submission: Omit<Submission, 'idempotency'>): Promise<CommandResult> {
    return this.#enqueue(submission) as Promise<CommandResult>
  }

  /** As `submit`, for a request that may be sent twice: resolves to `idempotency.answer`, kept from the first time. */
  async submitOnce(submission: Submission & { idempotency: Idempotency }): Promise<unknown> {
    const { stored } = (await this.#enqueue(submission)) as StoredResponse
    return stored
  }

  #enqueue(submission: Submission): Promise<CommandResult | StoredResponse> {
    const { pollId } = submission
    if (!isPollId(pollId)) return this.#refuse('not_found', 'There is no such poll.')
    const lane = this.#laneOf(pollId)
    if (lane.waiting.length >= maxWaiting) {
      return this.#refuse('unavailable', 'Too many people vote at this moment. Try again in a few seconds.')
    }
    return new Promise((resolve, reject) => {
      lane.waiting.push({ ...submission, from: this.#traceContext?.current(), resolve, reject })
      lane.emptying ??= this.#empty(lane)
    })
  }

  #refuse(code: RefusalCode, message: string): Promise<never> {
    this.#observer?.refused(code)
    return Promise.reject(new Refusal(code, message))
  }

  /** Resolves when nothing waits any more. */
  async settled(): Promise<void> {
    await Promise.all(this.#lanes.map(({ emptying }) => emptying))
  }

  /** Ids are random to their last character. */
  #laneOf(pollId: string): Lane {
    return this.#lanes[pollId.charCodeAt(pollId.length - 1) % this.#lanes.length] as Lane
  }

  async #empty(lane: Lane): Promise<void> {
    while (lane.waiting.length > 0) {
      // Requests that have already arrived get the chance to join this batch.
      await new Promise(setImmediate)
      await this.#commit(lane.waiting.splice(0, maxBatch))
    }
    lane.emptying = undefined
  }

  async #commit(batch: Waiting[], isSecondTry = false): Promise<void> {
    const begun = performance.now()
    try {
      const { answers, committed, afterwards } = await this.#write(batch)
      this.#onCommitted(committed)
      afterwards()
      this.#observer?.batch(batch.length, committed, performance.now() - begun)
      for (const [index, waiting] of batch.entries()) this.#settle(waiting, answers[index])
    } catch (error) {
      const byPoll = [...Map.groupBy(batch, ({ pollId }) => pollId).values()]
      const isViolation = isConstraintViolation(error)
      // What is wrong with one poll must not keep the others from being written: locked, or beyond our understanding.
      const isOfOnePoll = !isViolation && (isLockTimeout(error) || !unavailability(error))
      if (isOfOnePoll && byPoll.length > 1) return this.#commitEach(byPoll)
      if (isViolation && batch.length > 1) return this.#commitEach(halves(batch))
      // Another process may have stored the same Idempotency-Key meanwhile: then its answer is there now.
      const mayWork = isDeadlock(error) || (isViolation && batch[0]?.idempotency)
      return mayWork && !isSecondTry ? this.#commit(batch, true) : rejectAll(batch, error)
    }
  }

  #write(batch: Waiting[]) {
    const means = { known: this.#known, clock: this.#clock, alongside: this.#alongside, seal: this.#seal }
    const commit = () => commitBatch(this.#database.prisma, batch, means)
    const from = () => batch.map((waiting) => waiting.from)
    return this.#traceContext ? this.#traceContext.continueTrace({ name: 'commit batch' }, from(), commit) : commit()
  }

  #settle(waiting: Waiting, answer: CommandResult | StoredResponse | Refusal | undefined): void {
    const refused = answer instanceof Refusal ? answer.code : answer && 'refused' in answer && answer.refused
    if (refused) this.#observer?.refused(refused)
    if (!answer) waiting.reject(new Error('The batch was committed without an answer to this command.'))
    else if (answer instanceof Refusal) waiting.reject(answer)
    else waiting.resolve(answer)
  }

  /** One bad command, or one locked poll, must not take the others down with it: parted until it stands alone. */
  async #commitEach(batches: readonly Waiting[][]): Promise<void> {
    for (const batch of batches) await this.#commit(batch)
  }
}

function halves<T>(list: readonly T[]): T[][] {
  const middle = list.length >> 1
  return [list.slice(0, middle), list.slice(middle)]
}

function rejectAll(batch: Waiting[], error: unknown): void {
  for (const waiting of batch) waiting.reject(error)
}
