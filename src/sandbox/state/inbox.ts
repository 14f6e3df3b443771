import type { Flow } from './flow.ts'
import type { SandboxNewSource, SourceEdit } from './sources.ts'
import { storedTags } from './tags.ts'
import type { FlowMessage, FlowThread, MessageAuthor, Source, ThreadState } from './types.ts'

/** What a source posts. `title` and `body` are HTML. */
export type Post = {
  event: 'activity' | 'discussion'
  author: MessageAuthor
  title: string
  body: string | null
  tags: readonly string[]
  uuid: string | null
  /** What it posts into: a thread that is there, or its own id for one that may not be there yet. */
  into: { thread: FlowThread } | { externalId: string }
  /** The thread's whole new state. A thread that is not there yet cannot do without. */
  state: ThreadState | undefined
}

/** @returns undefined, and nothing has changed, when there is neither the thread nor a state to make it of */
export function post(flow: Flow, source: Source, { into, state, ...entry }: Post): FlowMessage | undefined {
  const existing = 'thread' in into ? into.thread : flow.threads.find(source, into.externalId)
  const updated = existing && state ? flow.threads.update(existing, state) : existing
  const thread = updated ?? (state && begin(flow, source, into, state))
  if (!thread) return
  flow.threads.count(thread, entry.event === 'activity' ? 'activities' : 'externalComments', flow.now())
  return flow.add({ ...entry, source, tags: storedTags(entry.tags, flow.members), threadId: thread.id, user: null })
}

function begin(flow: Flow, source: Source, into: Post['into'], state: ThreadState): FlowThread {
  return flow.threads.create(flow.id, source, 'externalId' in into ? into.externalId : null, state, flow.now())
}

/** Pairs an application with the flow. */
export function connect(flow: Flow, source: SandboxNewSource): Source {
  return told(flow, flow.sources.create(flow.id, source))
}

export function updateSource(flow: Flow, source: Source, edit: SourceEdit): Source {
  return told(flow, flow.sources.update(source, edit))
}

/** From now on its token answers that it is gone. What it has posted stays. */
export function disconnect(flow: Flow, source: Source): Source {
  return told(flow, flow.sources.update(source, { removed: true }))
}

function told(flow: Flow, source: Source): Source {
  flow.changes.publish({ flow, kind: 'source', source })
  return source
}
