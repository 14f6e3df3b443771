import type { Flow } from './flow.ts'
import type { Message, Source, Thread } from './types.ts'

/** Something that has just happened in a flow. Threads and sources come as they are after it, new or not. */
export type Change = { flow: Flow } & (
  | { kind: 'message'; message: Message }
  | { kind: 'changed-message'; message: Message }
  | { kind: 'deleted-message'; message: Message }
  | { kind: 'thread'; thread: Thread }
  | { kind: 'source'; source: Source }
)

type Listener = (change: Change) => void

/** Tells all who listen of every change, at once and in order. */
export class Changes {
  readonly #listeners = new Set<Listener>()

  publish(change: Change): void {
    for (const listener of this.#listeners) listener(change)
  }

  /** @returns ends the subscription */
  subscribe(listener: Listener): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }
}
