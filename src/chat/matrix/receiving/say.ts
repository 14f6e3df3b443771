import { MatrixError } from '../homeserver.ts'
import { transactionId } from '../ids.ts'
import { outcomeOf } from '../outcome.ts'
import { message, reply } from '../posting/content.ts'
import { joined, type RichText, strong, typed, words } from '../posting/rich-text.ts'
import type { Received, Receiving } from './receiving.ts'

/**
 * Answers an event, once: in the thread of `root`, or in the room. If the bot may not write there, nobody is answered.
 *
 * @throws {MatrixError} or {NetworkError} if it can be tried again
 */
export async function say(
  { matrix }: Pick<Receiving, 'matrix'>,
  { id, room, signal }: Received<unknown>,
  said: RichText,
  root?: string,
): Promise<void> {
  const content = root === undefined ? message(said) : reply(root, message(said))
  await unlessRefused(() => matrix.rooms.send({ room, content, txnId: transactionId(id, 'answer') }, signal))
}

/** An answer that begins with the name of who sent the event. */
export async function addressed(
  { nameOf }: Pick<Receiving, 'nameOf'>,
  { room, content }: Received<{ account: string }>,
  said: RichText,
): Promise<RichText> {
  return joined([strong(typed(await nameOf(room, content.account))), words(': '), said])
}

/** Resolves to whether the homeserver did it. @throws if it can be tried again */
export async function unlessRefused(act: () => Promise<unknown>): Promise<boolean> {
  try {
    await act()
    return true
  } catch (error) {
    const isFinal = error instanceof MatrixError && outcomeOf(error.answer, 'joined').kind !== 'later'
    if (!isFinal) throw error
    return false
  }
}
