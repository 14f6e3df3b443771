import { z } from 'zod'
import { postChatLine, postFile } from '../../state/chat.ts'
import type { Flow } from '../../state/flow.ts'
import { post } from '../../state/inbox.ts'
import type { ChatLine, FlowMessage, FlowThread, Source, User } from '../../state/types.ts'
import { blank, invalid, validationError } from '../failure.ts'
import { sentAttachments, sentFile } from '../files/sent-files.ts'
import { filled, identifier, optional, parse } from '../inputs.ts'
import { chatLine, entry, fileLine, postOf } from './message-input.ts'

/** The sender of a message: a user, or a source by its flow token. */
export type MessageSender = { user: User } | { source: Source }

const reference = optional(identifier.transform((value) => value || null))
const references = z.object({ thread_id: reference, external_thread_id: reference })

/**
 * Posts the message in a request's body, into the thread of the URL if it names one.
 * | @throws {Failure} 400 for invalid input
 */
export function postInto(flow: Flow, sender: MessageSender, body: unknown, thread?: FlowThread): FlowMessage {
  const { event } = parse(z.object({ event: filled(50) }), body)
  const input = thread ? Object.assign({}, body, { thread_id: thread.id }) : body
  if (event === 'message' || event === 'status') return chat(flow, sender, event, input)
  if (event === 'file') return file(flow, sender, input)
  if (event !== 'activity' && event !== 'discussion') throw validationError({ event: [invalid] })
  if (!('source' in sender)) throw validationError({ flow_token: [blank] })
  return inbox(flow, sender.source, input)
}

function chat(flow: Flow, sender: MessageSender, event: ChatLine['event'], input: unknown): FlowMessage {
  const { external_user_name: externalUserName, ...line } = parse(chatLine, input)
  const { thread, externalId } = threadNamed(flow, sender, input)
  if (!thread && externalId !== null) throw validationError({ external_thread_id: [invalid] })
  if (externalUserName) return postChatLine(flow, { externalUserName }, line, { thread, event })
  if ('source' in sender) throw validationError({ external_user_name: [blank] })
  return postChatLine(flow, sender, line, { thread, event })
}

function file(flow: Flow, sender: MessageSender, input: unknown): FlowMessage {
  // Flowdock documents uploads for users. A source attaches files to its activities and discussions.
  if (!('user' in sender)) throw validationError({ event: [invalid] })
  const { thread, externalId } = threadNamed(flow, sender, input)
  if (!thread && externalId !== null) throw validationError({ external_thread_id: [invalid] })
  return postFile(flow, sender.user, sentFile(flow.files, input), parse(fileLine, input), { thread })
}

function inbox(flow: Flow, source: Source, input: unknown): FlowMessage {
  const entryInput = parse(entry, input)
  const { thread, externalId } = threadNamed(flow, { source }, input)
  const into = thread ? { thread } : { externalId: externalId ?? '' }
  const message = post(flow, source, { ...postOf(entryInput), attachments: sentAttachments(input), into })
  if (!message) throw validationError({ thread: [blank] })
  return message
}

/**
 * The thread that the input names, if it exists. A source finds only its own threads: by their id, or by
 * `external_thread_id`, which is unique per source.
 */
function threadNamed(flow: Flow, sender: MessageSender, input: unknown) {
  const { thread_id: id, external_thread_id: externalId } = parse(references, input)
  const source = 'source' in sender ? sender.source : undefined
  if (id === null) {
    return { thread: source && externalId !== null ? flow.threads.find(source, externalId) : undefined, externalId }
  }
  const thread = flow.threads.get(id)
  if (thread && (!source || thread.source.id === source.id)) return { thread, externalId }
  throw validationError({ thread_id: [source ? unknownThread(externalId) : 'is no thread of this flow'] })
}

function unknownThread(externalId: string | null): string {
  const instead =
    externalId === null
      ? 'Send your own id of the thread as external_thread_id'
      : 'Leave it out: external_thread_id finds the thread, or begins one'
  return `is no thread of this source. ${instead}`
}
