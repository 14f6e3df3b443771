import { type RichText, words } from '../../posting/rich-text.ts'
import { matrixSettingsOf } from '../../settings.ts'
import { connectionOf } from '../connection.ts'
import type { IncomingOf } from '../incoming.ts'
import { personOf } from '../people.ts'
import type { PollThread, Received, Receiving } from '../receiving.ts'
import { connectingOffer, introduction } from '../room-changes.ts'
import { say } from '../say.ts'
import { createPoll } from './create-poll.ts'
import { help, usage } from './help.ts'
import type { Command } from './parse-command.ts'
import { type Answer, submitCommand } from './submit-command.ts'
import { ballotOf } from './vote.ts'

/** A command outside the threads of polls. */
export async function runInRoom(
  receiving: Receiving,
  received: Received<IncomingOf<'message'>>,
  command: Command,
): Promise<void> {
  switch (command.name) {
    case 'poll':
      return createPoll(receiving, received, command)
    case 'help':
      return say(receiving, received, await helpIn(receiving, received.room))
    case 'connect':
      return say(receiving, received, await introduction(receiving, received))
    case 'unknown':
      return say(receiving, received, usage(command.word))
    case 'vote':
    case 'close':
      return say(receiving, received, words(`Write !${command.name} in the thread of a poll.`))
  }
}

/** A command in the thread of a poll. */
export async function runInThread(
  receiving: Receiving,
  received: Received<IncomingOf<'message'>>,
  thread: PollThread,
  command: Command,
): Promise<void> {
  const answer = (said: Parameters<typeof say>[2]) => say(receiving, received, said, thread.root)
  switch (command.name) {
    case 'vote':
    case 'close': {
      const { refused } = await act(receiving, received, thread, command)
      return refused === undefined ? undefined : answer(words(refused))
    }
    case 'help':
      return answer(await helpIn(receiving, received.room))
    case 'connect':
      return answer(await connectingOffer(receiving, received))
    case 'unknown':
      return answer(usage(command.word))
    case 'poll':
      return answer(words('Write !poll in the room, not in the thread of a poll.'))
  }
}

/** A vote in a thread of an earlier connection, of which nothing is stored: the poll's page is in its first message. */
export async function voteAfterConnection(
  receiving: Receiving,
  received: Received<IncomingOf<'message'>>,
  root: string,
): Promise<void> {
  const { matrix, services } = receiving
  const first = await matrix.rooms.event(received.room, root, received.signal)
  if (first?.sender !== matrix.users.bot) return
  const polls = new URL('/polls/', services.config.publicUrl).href
  const links = String(first.content.body ?? '').split(/[\s,]+/)
  const page = links.findLast((text) => text.startsWith(polls))
  if (page)
    await say(
      receiving,
      received,
      words(`Polldock does not read this thread any more. Vote on the page: ${page}`),
      root,
    )
}

async function helpIn(receiving: Receiving, room: string): Promise<RichText> {
  const connection = await connectionOf(receiving, room)
  return help(connection?.settings ?? matrixSettingsOf({}))
}

async function act(
  receiving: Receiving,
  { id, room, content: { account } }: Received<IncomingOf<'message'>>,
  { pollId }: PollThread,
  command: Extract<Command, { name: 'vote' | 'close' }>,
): Promise<Answer> {
  const by = await personOf(receiving, room, account)
  if (command.name === 'close') return submitCommand(receiving, id, pollId, { type: 'close', by })
  const { poll } = await receiving.services.polls.view(pollId)
  const choices = ballotOf(receiving, poll, command.numbers)
  if (typeof choices === 'string') return { refused: choices }
  return submitCommand(receiving, id, pollId, { type: 'castVote', by, choices, isSignedIn: by.isSignedIn === true })
}
