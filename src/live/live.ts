import type { Committed } from '../polls/ballot-box/batch.ts'

import type { Poll } from '../polls/model/poll.ts'

/** What happened to a poll since the moment before: the events after revision `previous`, and the poll after them. */
export type PollChange = Committed

type Listener = (moment: PollChange) => void
/** `revision` is what its watchers have been told of, or are about to be. */
type Topic = {
  revision: number
  listeners: Set<Listener>
  pending: PollChange | undefined
  timer: NodeJS.Timeout | undefined
}

/** A poll's watchers hear of it at most this often, in milliseconds: four times a second. */
export const interval = 250

/** Tells those who watch a poll in this process what happens to it. */
export class Live {
  readonly #topics = new Map<string, Topic>()
  /** Of each face, those who watch through it. */
  readonly audiences: { readonly size: number }[] = []

  /** How many people and programs watch something. */
  get viewers(): number {
    return this.audiences.reduce((sum, { size }) => sum + size, 0)
  }

  /** The ids of the polls that somebody watches. */
  watched(): string[] {
    return [...this.#topics.keys()]
  }

  /** Up to where those who watch the poll have been told; undefined when nobody does. */
  revisionOf(pollId: string): number | undefined {
    return this.#topics.get(pollId)?.revision
  }

  /** What was told already is not told again. */
  publish(moments: readonly PollChange[]): void {
    for (const whole of moments) {
      const topic = this.#topics.get(whole.poll.id)
      if (!topic || topic.revision >= whole.poll.revision) continue
      const moment = since(topic.revision, whole)
      topic.revision = moment.poll.revision
      topic.pending = topic.pending ? joined(topic.pending, moment) : moment
      if (!topic.timer) this.#tell(moment.poll.id, topic)
    }
  }

  /**
   * @param poll as the listener knows it
   * @returns ends the subscription
   */
  subscribe({ id: pollId, revision }: Pick<Poll, 'id' | 'revision'>, listener: Listener): () => void {
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

  /** At once when it has been quiet, else when the interval is over. */
  #tell(pollId: string, topic: Topic): void {
    const moment = topic.pending
    topic.pending = undefined
    topic.timer = moment && setTimeout(() => this.#tell(pollId, topic), interval)
    if (moment) for (const listener of topic.listeners) listener(moment)
  }
}

function topicAt(revision: number): Topic {
  return { revision, listeners: new Set(), pending: undefined, timer: undefined }
}

function since(revision: number, moment: PollChange): PollChange {
  if (moment.previous >= revision) return moment
  const events = moment.events.filter((event) => event.revision > revision)
  return { poll: moment.poll, events, previous: revision }
}

/** Between the two there may be more than is told here: then only the later one is without a gap. */
function joined(earlier: PollChange, later: PollChange): PollChange {
  if (later.previous !== earlier.poll.revision) return later
  return { poll: later.poll, events: [...earlier.events, ...later.events], previous: earlier.previous }
}
