import type { Flow } from '../state/flow.ts'
import type { FlowMessage, FlowThread, Status } from '../state/types.ts'
import type { World } from '../world.ts'
import { faceOf, isInboxEntry, isLine, textOf } from './conversation.ts'
import { mailItem, mailItems } from './mail/mail-model.ts'
import { iconPath, threadPath } from './paths.ts'
import { counted, type Moment, moment, plainText } from './text.ts'

/** A thread or a mail as the inbox lists it. */
export type InboxItem = {
  id: string
  path: string
  icon: string
  title: string
  status: StatusModel | undefined
  latest: { name: string; text: string } | undefined
  counts: string[]
  at: Moment
}

export type InboxItemPart = { item: InboxItem; isOpen: boolean }
export type StatusPart = { status: StatusModel }

/** A badge. Its colour is a CSS class. */
export type StatusModel = { text: string; color: string }

/** The number of threads and mails on the page. */
const maxItems = 100
const maxTextLength = 160

/** The threads and mails of the flow, last updated first. */
export function inboxModel(world: World, flow: Flow): InboxItem[] {
  const threads = flow.threads.list().slice(0, maxItems)
  const items = [...threads, ...mailItems(flow, maxItems)].toSorted((one, other) => +other.updatedAt - +one.updatedAt)
  const latest = latestByThread(flow)
  return items.slice(0, maxItems).map((item) => {
    return 'mail' in item ? mailItem(world, flow, item) : threadItem(world, flow, item, latest.get(item.id))
  })
}

function threadItem(world: World, flow: Flow, thread: FlowThread, latest: FlowMessage | undefined): InboxItem {
  return {
    id: thread.id,
    path: threadPath(world, flow, thread),
    icon: iconPath(thread.source.application),
    title: plainText(thread.title),
    status: statusModel(thread.status),
    latest: latestModel(world, latest),
    counts: countsOf(thread),
    at: moment(thread.updatedAt, world.clock()),
  }
}

/** The problems that sources report. */
export function problemsModel(world: World, flow: Flow): { name: string; message: string }[] {
  const sources = world.sources.list(flow.id)
  return sources.flatMap(({ name, errorMessage }) => (errorMessage ? { name, message: errorMessage } : []))
}

/** A status without a colour is grey. Without a text, no badge is shown. */
export function statusModel(status: Status | null): StatusModel | undefined {
  return status?.value ? { text: status.value, color: status.color ?? 'grey' } : undefined
}

function latestByThread(flow: Flow): Map<string, FlowMessage> {
  const latest = new Map<string, FlowMessage>()
  for (const message of flow.messages.list()) {
    if (message.threadId !== null && (isLine(message) || isInboxEntry(message))) latest.set(message.threadId, message)
  }
  return latest
}

function latestModel(world: World, message: FlowMessage | undefined): InboxItem['latest'] {
  if (!message || !(isLine(message) || isInboxEntry(message))) return
  const { name } = faceOf(world, message)
  const text = isLine(message) ? `: ${textOf(message)}` : ` ${plainText(message.title)}`
  return { name, text: text.slice(0, maxTextLength).toWellFormed() }
}

function countsOf({ activities, externalComments, internalComments }: FlowThread): string[] {
  return [
    activities > 0 ? counted(activities, 'activity', 'activities') : '',
    externalComments > 0 ? counted(externalComments, 'comment') : '',
    internalComments > 0 ? counted(internalComments, 'chat line') : '',
  ].filter(Boolean)
}
