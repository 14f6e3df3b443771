import { setImmediate as nextTurn } from 'node:timers/promises'
import { LRUCache } from 'lru-cache'
import type { Sql } from '../../database/direct-sql.ts'
import type { PrismaClient } from '../../database/generated/client.ts'
import type { RankedCount } from '../counting/ranked/ranked-count.ts'
import type { Poll, RankingCounts } from '../model/poll.ts'
import { type CountTask, countAtOnce } from './count-task.ts'
import { CountThread } from './count-thread.ts'
import { RankingBuffer } from './ranking-buffer.ts'
import { type Reader, readerOf, readerWithin, StoredRankings } from './stored-rankings.ts'

const maxCounts = 500
/** Rankings of 50 options, in some 5 ms. */
const chunk = 1_000
/** In ranked places, of a byte each. */
const maxStoredPlaces = 64_000_000

export type CountAtRevision = { revision: number; count: RankedCount }
type ChangedRanking = { poll: Poll; changes: RankingCounts }
type Known = { version: number; options: string; count: RankedCount }

/**
 * Counts rankings, which takes all ballots of a poll: once per change of the ballots. It keeps the ballots in memory, and
 * counts in a worker thread unless it takes but milliseconds.
 */
export class RankingCounter {
  readonly #read: Reader
  readonly #thread: CountThread
  readonly #counts = new LRUCache<string, Promise<RankedCount>>({ max: maxCounts })
  readonly #known = new LRUCache<string, Known>({ max: maxCounts })
  readonly #stored = new LRUCache<string, StoredRankings>({
    maxSize: maxStoredPlaces,
    sizeCalculation: ({ length }) => length + 1,
  })
  /** By poll: the last task, after which the next one starts. */
  readonly #turns = new Map<string, Promise<unknown>>()

  constructor(prisma: PrismaClient, thread = new CountThread()) {
    this.#read = readerOf(prisma)
    this.#thread = thread
  }

  /**
   * The count at this revision or a newer one; undefined if the poll is no ranking.
   *
   * @throws {Refusal} `unavailable` if it cannot be counted at this moment
   */
  async of(poll: Poll): Promise<RankedCount | undefined> {
    if (poll.method !== 'ranked') return undefined
    const key = `${poll.id} ${poll.revision}`
    const known = this.#counts.get(key)
    if (known) return known
    const count = this.#inTurn(poll.id, () => this.#count(poll))
    this.#counts.set(key, count)
    count.catch(() => this.#counts.delete(key))
    return count
  }

  /**
   * Counts the ballots stored at the poll's current revision, with these changes. Of an anonymous poll that is not closed,
   * the changes are all ballots.
   *
   * @param tx reads within this transaction; otherwise several transactions, and a count by `of` may have read them before
   * @throws {Refusal} `unavailable` if it cannot be counted at this moment
   */
  async withChanges({ poll, changes }: ChangedRanking, tx?: Sql): Promise<CountAtRevision> {
    const optionIds = poll.options.map(({ id }) => id)
    const buffer = await buffered(changes)
    const stored = await (tx
      ? StoredRankings.load(readerWithin(tx), poll)
      : this.#inTurn(poll.id, () => this.#upToDate(poll)))
    const { revision } = stored
    const parts = [stored.part(optionIds), buffer.part(optionIds)]
    return { revision, count: await this.#run({ optionIds, parts }) }
  }

  /** Logs crashes of the thread. */
  start(log: { error(about: object, message: string): void }): void {
    this.#thread.onFailure = (err) => log.error({ err }, 'The thread that counts rankings is replaced')
  }

  close(): Promise<void> {
    return this.#thread.close()
  }

  async #count(poll: Poll): Promise<RankedCount> {
    const stored = await this.#upToDate(poll)
    const optionIds = poll.options.map(({ id }) => id)
    const options = optionIds.join()
    const known = this.#known.get(poll.id)
    if (known?.version === stored.version && known.options === options) return known.count
    const version = stored.version
    const count = await this.#run({ optionIds, parts: [stored.part(optionIds)] })
    this.#known.set(poll.id, { version, options, count })
    return count
  }

  async #upToDate(poll: Poll): Promise<StoredRankings> {
    const key = keyOf(poll)
    const known = this.#stored.get(key)
    if (known && (await known.catchUp(this.#read))) return known
    const stored = await StoredRankings.load(this.#read, poll)
    this.#stored.set(key, stored)
    return stored
  }

  async #run(task: CountTask): Promise<RankedCount> {
    return countAtOnce(task) ?? this.#thread.run(task)
  }

  /** One task of a poll at a time: several would read the same ballots. */
  async #inTurn<T>(pollId: string, task: () => Promise<T>): Promise<T> {
    const before = this.#turns.get(pollId)
    const turn = (async () => {
      await before?.catch(() => {})
      return task()
    })()
    this.#turns.set(pollId, turn)
    try {
      return await turn
    } finally {
      if (this.#turns.get(pollId) === turn) this.#turns.delete(pollId)
    }
  }
}

/** In chunks: other requests get their turn in between. */
async function buffered(changes: RankingCounts): Promise<RankingBuffer> {
  const buffer = new RankingBuffer()
  let added = 0
  for (const [ranking, ballots] of changes) {
    buffer.add(ranking.split(' '), ballots)
    added += 1
    if (added % chunk === 0) await nextTurn()
  }
  return buffer
}

/** The ballots of an anonymous poll are published when it closes. */
function keyOf({ id, anonymous, closedAt }: Poll): string {
  return anonymous ? `${id} ${closedAt?.getTime()}` : id
}
