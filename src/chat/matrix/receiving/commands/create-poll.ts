import type { z } from 'zod'
import { newPoll } from '../../../../polls/inputs/new-poll.ts'
import { newOptionId, pollIdFrom } from '../../../../polls/model/ids.ts'
import { inLines, joined, link, type RichText, words } from '../../posting/rich-text.ts'
import { connectionOf, type RoomConnection } from '../connection.ts'
import type { IncomingOf } from '../incoming.ts'
import { personOf } from '../people.ts'
import type { Received, Receiving } from '../receiving.ts'
import { connectingOffer } from '../room-changes.ts'
import { say } from '../say.ts'
import { usage } from './help.ts'
import type { Command } from './parse-command.ts'
import { maxPollsAMinute, mayCreatePoll } from './poll-limit.ts'
import { type Answer, submitCommand } from './submit-command.ts'

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
  const asking = { id, room, account: content.account }
  const { refused, isIgnored } = await submitPoll(receiving, asking, connection, { title, options })
  if (refused !== undefined && !isIgnored) await say(receiving, received, words(refused))
}

/** What a person says of a new poll in a room. */
export type AskedPoll = Omit<z.input<typeof newPoll>, 'category'>

/**
 * Creates the poll that an event asks for, with the id that comes from the event's (`pollIdFrom`). `isIgnored`: why it was
 * refused was said a moment ago.
 */
export async function submitPoll(
  receiving: Receiving,
  { id, room, account }: { id: string; room: string; account: string },
  { categories }: Pick<RoomConnection, 'categories'>,
  asked: AskedPoll,
): Promise<Answer & { isIgnored?: boolean }> {
  const { data, error } = newPoll.safeParse({ ...asked, category: categories[0] ?? '' })
  if (!data) return { refused: error.issues[0]?.message ?? 'This is no poll.' }
  const may = mayCreatePoll(receiving, { id, account })
  if (may !== 'allowed') return { refused: tooMany, isIgnored: may === 'ignored' }
  const by = await personOf(receiving, room, account)
  const options = data.options.map((title) => ({ id: newOptionId(), title }))
  return submitCommand(receiving, id, pollIdFrom(id), { ...data, type: 'create', by, options })
}

const tooMany = `You may create ${maxPollsAMinute} polls in a minute. Try again later.`

function notHere({ services }: Receiving): RichText {
  const page = new URL('/polls/new', services.config.publicUrl).href
  return joined([words('Polls are not created in this room. '), link(page, words('Create one on the page'))])
}
