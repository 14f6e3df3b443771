import { parse } from 'node-html-parser'
import type { StagedMessage } from '../chat/contract/stage.ts'
import type { TestHomeserver } from './matrix.ts'
import type { MatrixTestEvent } from './matrix-person.ts'

/** The variables with which Polldock uses this homeserver. @param url where it reaches the homeserver */
export function matrixEnvironment(
  { registration, serverName, url }: Pick<TestHomeserver, 'registration' | 'serverName' | 'url'>,
  via = url,
): Record<string, string> {
  return {
    MATRIX_HOMESERVER_URL: via,
    MATRIX_SERVER_NAME: serverName,
    MATRIX_AS_TOKEN: registration.as_token,
    MATRIX_HS_TOKEN: registration.hs_token,
  }
}

type Relation = { rel_type?: string; event_id?: string } | undefined

const relationOf = ({ content }: MatrixTestEvent) => content['m.relates_to'] as Relation
const isRedacted = ({ content }: MatrixTestEvent) => content.body === undefined
const isMessage = ({ type, content }: MatrixTestEvent) =>
  type === 'm.room.message' && !('org.polldock.error' in content)

/** What clients show: the HTML, which is the new one of an edit. */
export function readText({ content }: MatrixTestEvent): string {
  const { formatted_body: html, body = '(redacted)' } = (content['m.new_content'] ?? content) as Record<string, string>
  return html === undefined ? body : parse(html).structuredText
}

/**
 * The messages of the bot, one for each entry: a new poll, a notice in a thread, or an edit of one. A message that shows a
 * poll which was not new is none, nor are its edits.
 */
export function messagesOf(events: readonly MatrixTestEvent[], bot: string): StagedMessage[] {
  const own = events.filter((event) => isMessage(event) && event.sender === bot)
  const inThreads = new Set(
    own.filter((event) => relationOf(event)?.rel_type === 'm.thread').map(({ event_id }) => event_id),
  )
  const isShown = (event: MatrixTestEvent) => {
    const relation = relationOf(event)
    if (relation?.rel_type === 'm.replace') return inThreads.has(relation.event_id ?? '')
    return relation !== undefined || event.content.msgtype !== 'm.notice'
  }
  // Of a message and its edits that were redacted, the first is the message.
  const redacted = own.find(isRedacted)
  const shown = own.filter((event) => (isRedacted(event) ? event === redacted : isShown(event)))
  return shown.map((event) => ({ id: event.event_id, text: readText(event) }))
}

/** What the newest message that shows a poll shows now. */
export function stateOf(events: readonly MatrixTestEvent[], bot: string): string {
  const own = events.filter((event) => isMessage(event) && event.sender === bot)
  const root = own.findLast((event) => !relationOf(event))
  if (root?.content.body === undefined) return ''
  const edits = own.filter((event) => relationOf(event)?.rel_type === 'm.replace')
  return readText(edits.findLast((event) => relationOf(event)?.event_id === root.event_id) ?? root)
}
