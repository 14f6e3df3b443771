import { randomBytes } from 'node:crypto'
import { textSize } from './messages/text-size.ts'
import type { FlowThread, Source, ThreadState } from './types.ts'

/** What stays the same in a thread. */
type StartedThread = Pick<FlowThread, 'flowId' | 'source' | 'externalId' | 'initialMessage'>
type Count = 'activities' | 'internalComments' | 'externalComments'

/** The threads of a flow. Each update replaces the whole thread. */
export class Threads {
  /** Ordered by update, newest last. */
  readonly #threads = new Map<string, FlowThread>()
  readonly #byExternalId = new Map<string, string>()
  readonly #limit: number
  readonly #textLimit: number
  #text = 0

  /** @param textLimit of all threads together, in characters */
  constructor(limit: number, textLimit: number) {
    this.#limit = limit
    this.#textLimit = textLimit
  }

  get(id: string): FlowThread | undefined {
    return this.#threads.get(id)
  }

  /** Finds a thread by the source's own id. */
  find(source: Source, externalId: string): FlowThread | undefined {
    return this.#threads.get(this.#byExternalId.get(key(source, externalId)) ?? '')
  }

  /** Last updated first. */
  list(): FlowThread[] {
    return [...this.#threads.values()].reverse()
  }

  create(started: StartedThread, state: ThreadState, now: Date): FlowThread {
    const counts = { activities: 0, internalComments: 0, externalComments: 0 }
    const id = randomBytes(20).toString('base64url')
    const thread = { ...state, ...started, ...counts, id, createdAt: now, updatedAt: now }
    this.#text += textSize(state)
    this.#put(thread)
    const { source, externalId } = started
    if (externalId !== null) this.#byExternalId.set(key(source, externalId), id)
    return thread
  }

  /** Replaces its whole state. */
  update(thread: FlowThread, state: ThreadState): FlowThread {
    this.#text += textSize(state) - textSize(stateOf(thread))
    return this.#put({ ...thread, ...state })
  }

  /** Counts a new message. */
  count(thread: FlowThread, what: Count, now: Date): FlowThread {
    return this.#put({ ...thread, [what]: thread[what] + 1, updatedAt: now })
  }

  /** Counts a deleted message. */
  discount(thread: FlowThread, what: Count): void {
    this.#threads.set(thread.id, { ...thread, [what]: thread[what] - 1 })
  }

  #put(thread: FlowThread): FlowThread {
    this.#threads.delete(thread.id)
    this.#threads.set(thread.id, thread)
    // The thread itself is the last, and stays.
    for (const oldest of this.#threads.values()) {
      if (oldest === thread || (this.#threads.size <= this.#limit && this.#text <= this.#textLimit)) break
      this.#threads.delete(oldest.id)
      this.#text -= textSize(stateOf(oldest))
      if (oldest.externalId !== null) this.#byExternalId.delete(key(oldest.source, oldest.externalId))
    }
    return thread
  }
}

function stateOf({ title, body, externalUrl, status, fields, actions }: FlowThread): ThreadState {
  return { title, body, externalUrl, status, fields, actions }
}

const key = (source: Source, externalId: string) => `${source.id} ${externalId}`
