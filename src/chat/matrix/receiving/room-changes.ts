import { MatrixError } from '../homeserver.ts'
import { matrixChat } from '../ids.ts'
import { pollTypes } from '../native/native-poll.ts'
import { mutedReason, removedReason, replacedReason } from '../outcome.ts'
import { inLines, type RichText, words } from '../posting/rich-text.ts'
import { mayRunPolls, maySendMessages } from '../power.ts'
import { connectionOf } from './connection.ts'
import type { IncomingOf } from './incoming.ts'
import type { Received, Receiving } from './receiving.ts'
import { say, unlessRefused } from './say.ts'

/** Joins the room that the bot is invited to, and says what it is. An invitation that was withdrawn is no error. */
export async function greet(receiving: Receiving, received: Received<IncomingOf<'invite'>>): Promise<void> {
  const { room, content, signal } = received
  const { matrix } = receiving
  if (!(await unlessRefused(() => matrix.rooms.join(room, signal)))) return
  if (!content.isDirect) return say(receiving, received, await introduction(receiving, received))
  matrix.offers.useDirectRoom(content.account, room)
  await say(receiving, received, directGreeting)
}

/** A direct room is for codes and links. Nobody has to connect it. */
const directGreeting = inLines([
  words('This is Polldock. To sign in, send the code here that the page shows.'),
  words('To get polls in a room, invite me there. I send the link to connect it here.'),
])

/** What the bot is, and how the room is connected. */
export async function introduction(receiving: Receiving, received: Asking): Promise<RichText> {
  const { room, signal } = received
  const isEncrypted = (await receiving.matrix.rooms.state(room, 'm.room.encryption', '', signal)) !== undefined
  const connection = await connectionOf(receiving, room)
  const hasNative = connection?.settings.nativePolls !== false
  return inLines([
    words('This is Polldock. It posts polls to this room, and what people write below a poll becomes its comments.'),
    ...(connection ? [words('This room is connected.')] : [await connectingOffer(receiving, received)]),
    ...(isEncrypted ? [words(encrypted)] : []),
    ...(isEncrypted || !hasNative ? [] : await aboutNative(receiving, received)),
    words('Write !help to see the commands.'),
  ])
}

const encrypted =
  'This room is encrypted. What Polldock posts is not, and it cannot read what people write here: vote on the page of a poll.'

const powerless =
  'To show polls as polls of Matrix, in which people vote in their clients, make the bot a moderator: it needs the power to post polls, to remove messages and to invite.'

const ghosts = 'In polls of Matrix, votes from the web show as accounts such as "Maija (via Polldock)".'

async function aboutNative({ matrix: { rooms, users } }: Receiving, { room, signal }: Asking): Promise<RichText[]> {
  const mayRun = await mayRunPolls(rooms, room, { bot: users.bot, types: pollTypes }, signal)
  return [...(mayRun ? [] : [powerless]), ghosts].map(words)
}

type Asking = Received<{ account: string }>

/** Sends the account that asks a link by which the room is connected. Resolves to what to say in the room. */
export async function connectingOffer(
  { matrix }: Receiving,
  { id, room, content: { account }, signal }: Asking,
): Promise<RichText> {
  let said = words(
    `Polldock cannot open a direct room with ${account}, so it cannot send the link to connect this room.`,
  )
  await unlessRefused(async () => {
    said = await matrix.offers.offer({ room, account, because: id }, signal)
  })
  return said
}

/**
 * The bot is not in the room any more, unless it was invited again since: then this event comes late. Nobody would keep the
 * votes of the ghosts right, so they leave, too.
 *
 * @throws {MatrixError} or {NetworkError} if the homeserver cannot be asked
 */
export async function noteRemoval(
  { services, matrix }: Receiving,
  { room, signal }: Received<IncomingOf<'removed'>>,
): Promise<void> {
  const standing = await matrix.rooms.standing(room, signal)
  if (standing !== 'left' && standing !== 'unknown') return
  await services.connections.retireRoom(matrixChat, room, removedReason)
  await matrix.takeGhostsOut(room, signal)
}

/** The bot follows to the new room if that is public, and not connected yet. Else it has to be invited. */
export async function followReplacement(
  { services, matrix }: Receiving,
  { room, content: { by }, signal }: Received<IncomingOf<'replaced'>>,
): Promise<void> {
  const { connections, credentials } = services
  if ((await connections.inRoom(matrixChat, room)).length === 0) return
  const isMoved =
    (await joinReplacement(matrix, { room, by, signal })) &&
    (await connections.moveRoom(matrixChat, room, {
      externalId: by,
      roomUrl: matrix.links.room(by),
      address: { room: by },
      credentials: await credentials.seal(by),
    }))
  if (!isMoved) await connections.pauseRoom(matrixChat, room, replacedReason)
}

/**
 * Anybody who may replace their room could name somebody else's as the new one. So the new room has to name the old one,
 * too: only its creator can do that.
 */
async function joinReplacement(
  { rooms }: Receiving['matrix'],
  { room, by, signal }: { room: string; by: string; signal: AbortSignal },
): Promise<boolean> {
  const wasIn = (await rooms.standing(by, signal)) === 'joined'
  if (!(await unlessRefused(() => rooms.join(by, signal)))) return false
  if ((await rooms.predecessor(by, signal)) === room) return true
  if (!wasIn) await unlessRefused(() => rooms.leave(by, signal))
  return false
}

/** Asks for the levels as they are now: several changes may come together, or late. */
export async function notePower(
  { services: { connections }, matrix }: Receiving,
  { room, signal }: Received<IncomingOf<'power'>>,
): Promise<void> {
  if ((await connections.inRoom(matrixChat, room)).length === 0) return
  const content = await stateIfThere(() => matrix.rooms.state(room, 'm.room.power_levels', '', signal))
  const mayPost = maySendMessages(content, matrix.users.bot)
  if (mayPost === undefined) return
  if (!mayPost) await connections.pauseRoom(matrixChat, room, mutedReason)
  else await connections.resumeRoom(matrixChat, room, mutedReason)
}

/** Of a room that the bot has left, the homeserver says nothing. */
async function stateIfThere(read: () => Promise<unknown>): Promise<unknown> {
  try {
    return await read()
  } catch (error) {
    if (error instanceof MatrixError && error.answer.status === 403) return undefined
    throw error
  }
}
