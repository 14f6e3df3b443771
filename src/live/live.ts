import type { Committed } from '../polls/batch.ts'

/** What happened to a poll since the moment before: the events after revision `previous`, and the poll after them. */
export type Moment = Committed

type Listener = (moment: Moment) => void
type Topic = { listeners: Set<Listener>; pending: Moment | undefined; timer: NodeJS.Timeout | undefined }

/** A poll's watchers hear of it at most this often, in milliseconds: four times a second. */
const interval = 250

/** Tells those who watch a poll what happens to it, in this process. */
export class Live {
  readonly #topics = new Map<string, Topic>()
  /** Of each face, those who watch through it. */
  readonly audiences: { readonly size: number }[] = []

  /** How many people and programs watch something. */
  get viewers(): number {
    return this.audiences.reduce((sum, { size }) => sum + size, 0)
  }

  publish(moments: readonly Moment[]): void {
    for (const moment of moments) {
      const topic = this.#topics.get(moment.poll.id)
      if (!topic) continue
      topic.pending = topic.pending ? joined(topic.pending, moment) : moment
      if (!topic.timer) this.#tell(moment.poll.id, topic)
    }
  }

  /** @returns ends the subscription */
  subscribe(pollId: string, listener: Listener): () => void {
    const topic = this.#topics.get(pollId) ?? { listeners: new Set(), pending: undefined, timer: undefined }
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

/** Between the two another process may have changed the poll: then only the later one is without a gap. */
function joined(earlier: Moment, later: Moment): Moment {
  if (later.previous !== earlier.poll.revision) return later
  return { poll: later.poll, events: [...earlier.events, ...later.events], previous: earlier.previous }
}
