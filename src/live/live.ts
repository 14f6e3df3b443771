import type { Committed } from '../polls/ballot-box/batch.ts'

import type { Poll } from '../polls/model/poll.ts'

/** The events after revision `previous`, and the poll after them. */
export type PollChange = Committed

type ChangeListener = (change: PollChange) => void
/** `revision` is the latest one published, or in `pending`. */
type Topic = {
  revision: number
  listeners: Set<ChangeListener>
  pending: PollChange | undefined
  timer: NodeJS.Timeout | undefined
}

/** Each poll's changes are published at most this often: four times a second. */
export const publishIntervalMs = 250

/** Publishes changes of polls to the subscribers in this process. */
export class Live {
  readonly #topics = new Map<string, Topic>()
  /** The stream hubs of pages and API. */
  readonly hubs: { readonly size: number }[] = []

  /** The number of open streams. */
  get viewers(): number {
    return this.hubs.reduce((sum, { size }) => sum + size, 0)
  }

  /** The ids of the polls with subscribers. */
  watchedPolls(): string[] {
    return [...this.#topics.keys()]
  }

  /** The latest published revision; undefined without subscribers. */
  publishedRevision(pollId: string): number | undefined {
    return this.#topics.get(pollId)?.revision
  }

  /** Skips events that were published already. */
  publish(changes: readonly PollChange[]): void {
    for (const whole of changes) {
      const topic = this.#topics.get(whole.poll.id)
      if (!topic || topic.revision >= whole.poll.revision) continue
      const change = since(topic.revision, whole)
      topic.revision = change.poll.revision
      topic.pending = topic.pending ? joined(topic.pending, change) : change
      if (!topic.timer) this.#publishPending(change.poll.id, topic)
    }
  }

  /**
   * @param poll with the revision that the listener has
   * @returns ends the subscription
   */
  subscribe({ id: pollId, revision }: Pick<Poll, 'id' | 'revision'>, listener: ChangeListener): () => void {
    const topic = this.#topics.get(pollId) ?? topicAt(revision)
    this.#topics.set(pollId, topic)
    topic.listeners.add(listener)
    return () => {
      topic.listeners.delete(listener)
      if (topic.listeners.size > 0) return
      clearTimeout(topic.timer)
      if (this.#topics.get(pollId) === topic) this.#topics.delete(pollId)
    }
  }

  /** Publishes at once, then waits for the interval before the next change. */
  #publishPending(pollId: string, topic: Topic): void {
    const change = topic.pending
    topic.pending = undefined
    topic.timer = change && setTimeout(() => this.#publishPending(pollId, topic), publishIntervalMs)
    if (change) for (const listener of topic.listeners) listener(change)
  }
}

function topicAt(revision: number): Topic {
  return { revision, listeners: new Set(), pending: undefined, timer: undefined }
}

function since(revision: number, change: PollChange): PollChange {
  if (change.previous >= revision) return change
  const events = change.events.filter((event) => event.revision > revision)
  return { poll: change.poll, events, previous: revision }
}

/** Joins two consecutive changes. After a gap between them, only the later one is complete. */
function joined(earlier: PollChange, later: PollChange): PollChange {
  if (later.previous !== earlier.poll.revision) return later
  return { poll: later.poll, events: [...earlier.events, ...later.events], previous: earlier.previous }
}
