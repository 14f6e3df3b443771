import { pollIdFrom, pollPath } from '../../../../polls/model/ids.ts'
import { transactionId } from '../../ids.ts'
import { pollTypes } from '../../native/native-poll.ts'
import { joined, link, type RichText, strong, typed, words } from '../../posting/rich-text.ts'
import { mayRunPolls } from '../../power.ts'
import { type AskedPoll, submitPoll } from '../commands/create-poll.ts'
import { connectionOf } from '../connection.ts'
import type { IncomingOf } from '../incoming.ts'
import type { Received, Receiving } from '../receiving.ts'
import { say, unlessRefused } from '../say.ts'
import type { TypedStart } from './typed-start.ts'

type Started = Received<IncomingOf<'start'>>

/**
 * Creates a poll of the native poll that a person has started, and redacts that one: the bot's own takes its place. A
 * native poll of which Polldock makes none stays one of the room alone, and the bot says why.
 *
 * @throws if it can be tried again
 */
export async function takeStart(receiving: Receiving, received: Started): Promise<void> {
  const { id, room, signal } = received
  const connection = await connectionOf(receiving, room)
  const { nativePolls, createPolls } = connection?.settings ?? {}
  if (connection?.status !== 'active' || !nativePolls || !createPolls) return
  const { refused, isIgnored } = await created(receiving, received, connection)
  if (isIgnored) return
  if (refused !== undefined) return say(receiving, received, words(`This poll is not one of Polldock. ${refused}`))
  const { matrix } = receiving
  await unlessRefused(() => matrix.rooms.redact(room, id, transactionId('redaction', id), signal))
  await say(receiving, received, await taken(receiving, received))
}

const powerless =
  'To take its place, Polldock needs the power to post polls, to remove messages and to invite. Give it that power, or write !poll to create one.'

async function created(
  receiving: Receiving,
  { id, room, content: { account, poll }, signal }: Started,
  connection: Parameters<typeof submitPoll>[2],
): ReturnType<typeof submitPoll> {
  const { rooms, users } = receiving.matrix
  if (!(await mayRunPolls(rooms, room, { bot: users.bot, types: pollTypes }, signal))) return { refused: powerless }
  if (!poll) return { refused: 'Polldock cannot read it.' }
  return submitPoll(receiving, { id, room, account }, connection, askedPoll(poll))
}

function askedPoll({ question, answers, max, isDisclosed }: TypedStart): AskedPoll {
  return {
    ...{ title: question, options: answers },
    ...(max > 1 && { method: 'multiple_choice', maxChoices: max < answers.length ? max : null }),
    ...(!isDisclosed && { resultsVisible: 'after_closing' }),
  }
}

async function taken(
  { nameOf, services }: Receiving,
  { id, room, content: { account, poll } }: Started,
): Promise<RichText> {
  const page = new URL(pollPath({ id: pollIdFrom(id), title: poll?.question ?? '' }), services.config.publicUrl).href
  return joined([
    words('The poll of '),
    strong(typed(await nameOf(room, account))),
    words(' is now one of Polldock, so votes here and on its page count together. '),
    link(page, words('See the page')),
  ])
}
