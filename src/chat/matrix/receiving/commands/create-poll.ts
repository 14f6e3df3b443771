import { newPoll } from '../../../../polls/inputs/new-poll.ts'
import { newOptionId, pollIdFrom } from '../../../../polls/model/ids.ts'
import { inLines, joined, link, type RichText, words } from '../../posting/rich-text.ts'
import { connectionOf } from '../connection.ts'
import type { IncomingOf } from '../incoming.ts'
import { personOf } from '../people.ts'
import type { Received, Receiving } from '../receiving.ts'
import { connectingOffer } from '../room-changes.ts'
import { say } from '../say.ts'
import { usage } from './help.ts'
import type { Command } from './parse-command.ts'
import { submitCommand } from './submit-command.ts'

/** Creates a poll that is posted to the room, as its connection follows the poll's category. */
export async function createPoll(
  receiving: Receiving,
  received: Received<IncomingOf<'message'>>,
  { title, options }: Extract<Command, { name: 'poll' }>,
): Promise<void> {
  const { id, room, content } = received
  const connection = await connectionOf(receiving, room)
  if (!connection) {
    const offer = await connectingOffer(receiving, received)
    return say(receiving, received, inLines([words('No poll was created: this room is not connected.'), offer]))
  }
  if (!connection.settings.createPolls) return say(receiving, received, notHere(receiving))
  if (options.length === 0) return say(receiving, received, usage('poll'))
  const { data, error } = newPoll.safeParse({ title, options, category: connection.categories[0] ?? '' })
  if (!data) return say(receiving, received, words(error.issues[0]?.message ?? 'This is no poll.'))
  const by = await personOf(receiving, room, content.account)
  const newOptions = data.options.map((option) => ({ id: newOptionId(), title: option }))
  const command = { ...data, type: 'create', by, options: newOptions } as const
  const { refused } = await submitCommand(receiving, id, pollIdFrom(id), command)
  if (refused !== undefined) await say(receiving, received, words(refused))
}

function notHere({ services }: Receiving): RichText {
  const page = new URL('/polls/new', services.config.publicUrl).href
  return joined([words('Polls are not created in this room. '), link(page, words('Create one on the page'))])
}
