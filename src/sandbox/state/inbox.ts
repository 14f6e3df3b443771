import type { SentFile } from './files.ts'
import type { Flow } from './flow.ts'
import type { SandboxNewSource, SourceEdit } from './sources.ts'
import { fileTag, storedTags } from './tags.ts'
import type { FlowMessage, FlowThread, MessageAuthor, Source, ThreadState } from './types.ts'

/** A post of a source. `title` and `body` are HTML. */
export type Post = {
  event: 'activity' | 'discussion'
  author: MessageAuthor
  title: string
  body: string | null
  attachments?: readonly (SentFile & { contentId: string | null })[]
  tags: readonly string[]
  uuid: string | null
  /** An existing thread, or the source's own id of a thread that may not exist yet. */
  into: { thread: FlowThread } | { externalId: string }
  /** The thread's complete new state. Required for a new thread. */
  state: ThreadState | undefined
}

/** @returns undefined, without a change, if the thread does not exist and no state is given */
export function post(
  flow: Flow,
  source: Source,
  { into, state, attachments: sent = [], ...entry }: Post,
): FlowMessage | undefined {
  const existing = 'thread' in into ? into.thread : flow.threads.find(source, into.externalId)
  const updated = existing && state ? flow.threads.update(existing, state) : existing
  const thread = updated ?? (state && begin(flow, source, into, state))
  if (!thread) return
  flow.threads.count(thread, entry.event === 'activity' ? 'activities' : 'externalComments', flow.now())
  const attachments = sent.map(({ contentId, ...file }) => ({ contentId, file: flow.files.add(flow.id, file) }))
  const tags = storedTags([...entry.tags, ...(attachments.length > 0 ? [fileTag] : [])], flow.members)
  return flow.add({ ...entry, source, attachments, tags, threadId: thread.id, user: null })
}

function begin(flow: Flow, source: Source, into: Post['into'], state: ThreadState): FlowThread {
  const externalId = 'externalId' in into ? into.externalId : null
  const started = { flowId: flow.id, source, externalId, initialMessage: flow.messages.nextId }
  return flow.threads.create(started, state, flow.now())
}

/** Adds a source to the flow. */
export function connect(flow: Flow, source: SandboxNewSource): Source {
  return published(flow, flow.sources.create(flow.id, source))
}

export function updateSource(flow: Flow, source: Source, edit: SourceEdit): Source {
  return published(flow, flow.sources.update(source, edit))
}

/** Removes a source. Its token is answered with 410 from now on. Its posts stay. */
export function disconnect(flow: Flow, source: Source): Source {
  return published(flow, flow.sources.update(source, { removed: true }))
}

function published(flow: Flow, source: Source): Source {
  flow.changes.publish({ flow, kind: 'source', source })
  return source
}
