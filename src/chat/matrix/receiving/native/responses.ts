import { chosen } from '../../../../polls/model/choices/choices.ts'
import { pollIdFrom, pollPath } from '../../../../polls/model/ids.ts'
import type { Poll } from '../../../../polls/model/poll.ts'
import { transactionId } from '../../ids.ts'
import { digestOf, nativePollIn, type ShownStart } from '../../native/native-poll.ts'
import { joined, link, type RichText, words } from '../../posting/rich-text.ts'
import { type Answer, submitCommand } from '../commands/submit-command.ts'
import type { IncomingOf } from '../incoming.ts'
import { personOf } from '../people.ts'
import type { Received, Receiving } from '../receiving.ts'
import { addressed, say, unlessRefused } from '../say.ts'
import { storedThread } from '../stored-thread.ts'
import { pollOf, showBallots } from './counts.ts'

type ReceivedVote = Received<IncomingOf<'response'>>
/**
 * The thread of a poll, with the native poll that was voted in. `isCurrent`: it is not an earlier one. `isOutdated`: the poll has
 * other texts now.
 */
type NativeThread = {
  poll: Poll
  connectionId: string
  root: string
  shown: ShownStart
  isCurrent: boolean
  isOutdated: boolean
}

const changed = 'The poll has changed since. Vote in the new one.'
const withdrawn = 'This poll was taken away, or replaced by a new one.'

/**
 * A vote in a native poll of the bot, as clients count it: of too many answers, the first ones. What Polldock refuses is
 * redacted, and the thread says why. Native polls of others are not ours.
 *
 * @throws if it can be tried again
 */
export async function takeResponse(receiving: Receiving, received: ReceivedVote): Promise<void> {
  const { start } = received.content
  const found = await receiving.startOf(received.room, start, received.signal)
  if (found === 'withdrawn') return refuse(receiving, received, withdrawn)
  if (found === 'replaced') return sayWhereToVote(receiving, received)
  if (found) return voteIn(receiving, received, found)
}

async function voteIn(receiving: Receiving, received: ReceivedVote, shown: ShownStart): Promise<void> {
  const thread = await threadOf(receiving, received, shown)
  if (!thread) return
  const { refused, isUnchanged } = await vote(receiving, received, thread)
  if (refused !== undefined) await refuse(receiving, received, refused, thread)
  // After any other vote, the delivery of its event does so. An earlier native poll stays as it ended.
  const isLeftToUs = thread.isCurrent && (refused !== undefined || isUnchanged)
  const { room, content, signal } = received
  const { poll, connectionId } = thread
  if (isLeftToUs) await showBallots(receiving, { room, pollId: poll.id, connectionId, start: content.start }, signal)
}

async function threadOf(
  receiving: Receiving,
  received: ReceivedVote,
  shown: ShownStart,
): Promise<NativeThread | undefined> {
  const root = shown.message
  const mirror = await storedThread(receiving, received, root)
  const poll = mirror && (await pollOf(receiving, mirror.pollId))
  if (!poll) return undefined
  const isCurrent = nativePollIn(mirror.threadData)?.start === received.content.start
  const isOutdated = !isCurrent && shown.digest !== digestOf(poll)
  return { poll, connectionId: mirror.connection.id, root, shown, isCurrent, isOutdated }
}

async function vote(
  receiving: Receiving,
  { id, room, content: { account, answers } }: ReceivedVote,
  { poll, shown, isOutdated }: NativeThread,
): Promise<Answer> {
  if (answers === null) return { refused: 'Your client sent a vote that Polldock cannot read.' }
  if (isOutdated) return { refused: changed }
  if (answers.some((answer) => !shown.answers.has(answer))) return { refused: 'That is not an option of this poll.' }
  const by = await personOf(receiving, room, account)
  const choices = chosen([...new Set(answers.slice(0, shown.max))])
  const withdrawal = { type: 'withdrawVote', by } as const
  const ballot = { type: 'castVote', by, choices, isSignedIn: by.isSignedIn === true } as const
  return submitCommand(receiving, id, poll.id, choices.length === 0 ? withdrawal : ballot)
}

/** Without its response, an earlier vote of that account counts again in clients, as it does here. */
async function refuse(
  receiving: Receiving,
  received: ReceivedVote,
  reason: string,
  thread?: Pick<NativeThread, 'poll' | 'root'>,
): Promise<void> {
  const { id, room, signal } = received
  await unlessRefused(() => receiving.matrix.rooms.redact(room, id, transactionId('redaction', id), signal))
  const said = words(`This vote does not count. ${reason}`)
  const page = thread ? [words(' '), pageLink(receiving, thread.poll, 'See the page')] : []
  await say(receiving, received, await addressed(receiving, received, joined([said, ...page])), thread?.root)
}

/** The bot has redacted a native poll of a person, and its own took the place. */
async function sayWhereToVote(receiving: Receiving, received: ReceivedVote): Promise<void> {
  const poll = await pollOf(receiving, pollIdFrom(received.content.start))
  if (!poll) return
  const said = [words('This poll is one of Polldock now, so vote in that one. '), pageLink(receiving, poll, 'Its page')]
  await say(receiving, received, await addressed(receiving, received, joined(said)))
}

function pageLink({ services }: Receiving, poll: Poll, label: string): RichText {
  return link(new URL(pollPath(poll), services.config.publicUrl).href, words(label))
}
