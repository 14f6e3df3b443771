import { wasEnded } from '../../native/native-poll.ts'
import { words } from '../../posting/rich-text.ts'
import { submitCommand } from '../commands/submit-command.ts'
import type { IncomingOf } from '../incoming.ts'
import { personOf } from '../people.ts'
import type { Received, Receiving } from '../receiving.ts'
import { addressed, say } from '../say.ts'
import { storedThread } from '../stored-thread.ts'
import { pollOf } from './counts.ts'

/**
 * Somebody has ended a native poll of the bot in their client: this closes the poll, if they have created it. Otherwise the
 * thread says so, and gets another native poll, as clients show this one as ended. One that was ended before means nothing.
 *
 * @throws if it can be tried again
 */
export async function takeEnd(receiving: Receiving, received: Received<IncomingOf<'end'>>): Promise<void> {
  const { id, room, content, signal } = received
  const shown = await receiving.startOf(room, content.start, signal)
  if (typeof shown !== 'object') return
  const mirror = await storedThread(receiving, received, shown.message)
  const poll = mirror && (await pollOf(receiving, mirror.pollId))
  if (!mirror || poll?.status !== 'open' || wasEnded(mirror.threadData, content.start)) return
  const by = await personOf(receiving, room, content.account)
  const { refused } = await submitCommand(receiving, id, poll.id, { type: 'close', by })
  if (refused === undefined) return
  await say(receiving, received, await addressed(receiving, received, words(refused)), shown.message)
  await receiving.services.delivery.showAgain({ pollId: poll.id, connectionId: mirror.connection.id })
}
