import { randomBytes } from 'node:crypto'
import type { FlowThread, Source, ThreadState } from './types.ts'

type Count = 'activities' | 'internalComments' | 'externalComments'

/** The threads of a flow, each replaced as a whole by its next state. */
export class Threads {
  /** The one updated last comes last. */
  readonly #threads = new Map<string, FlowThread>()
  readonly #byExternalId = new Map<string, string>()
  readonly #limit: number

  constructor(limit: number) {
    this.#limit = limit
  }

  get(id: string): FlowThread | undefined {
    return this.#threads.get(id)
  }

  /** The thread that the source calls by this id. */
  find(source: Source, externalId: string): FlowThread | undefined {
    return this.#threads.get(this.#byExternalId.get(key(source, externalId)) ?? '')
  }

  /** The one updated last comes first. */
  list(): FlowThread[] {
    return [...this.#threads.values()].reverse()
  }

  create(flowId: string, source: Source, externalId: string | null, state: ThreadState, now: Date): FlowThread {
    const counts = { activities: 0, internalComments: 0, externalComments: 0 }
    const id = randomBytes(20).toString('base64url')
    const thread = { ...state, ...counts, id, flowId, source, externalId, createdAt: now, updatedAt: now }
    this.#put(thread)
    if (externalId !== null) this.#byExternalId.set(key(source, externalId), id)
    return thread
  }

  /** Replaces its whole state. */
  update(thread: FlowThread, state: ThreadState): FlowThread {
    return this.#put({ ...thread, ...state })
  }

  /** Something was said in it. */
  count(thread: FlowThread, what: Count, now: Date): FlowThread {
    return this.#put({ ...thread, [what]: thread[what] + 1, updatedAt: now })
  }

  /** Something that was said in it has been taken back. */
  discount(thread: FlowThread, what: Count): void {
    this.#threads.set(thread.id, { ...thread, [what]: thread[what] - 1 })
  }

  #put(thread: FlowThread): FlowThread {
    this.#threads.delete(thread.id)
    this.#threads.set(thread.id, thread)
    for (const oldest of this.#threads.values()) {
      if (this.#threads.size <= this.#limit) break
      this.#threads.delete(oldest.id)
      if (oldest.externalId !== null) this.#byExternalId.delete(key(oldest.source, oldest.externalId))
    }
    return thread
  }
}

const key = (source: Source, externalId: string) => `${source.id} ${externalId}`
