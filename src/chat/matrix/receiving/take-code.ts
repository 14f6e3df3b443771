import { LRUCache } from 'lru-cache'
import { words } from '../posting/rich-text.ts'
import type { MatrixProof } from '../signing-in/signing-in.ts'
import type { IncomingOf } from './incoming.ts'
import type { Received, Receiving } from './receiving.ts'
import { say } from './say.ts'

const maxWrong = 5
const wrongForMs = 900_000
const maxAccounts = 10_000

const answers = {
  taken: 'Thank you. Continue in the browser that shows this code. If you did not open that page, do nothing.',
  wrong:
    'This code is mistyped or has expired, or another account sent it before. Compare it with the page, or open the page again.',
  tooMany: 'Too many wrong codes. Try again in 15 minutes.',
  notAlone: 'Other people can read this code here. Open the page again, and send the new code in a chat with me alone.',
}

/** Counts the wrong codes of accounts in this process. */
export function newWrongCodes(): Receiving['wrongCodes'] {
  return new LRUCache({ max: maxAccounts, ttl: wrongForMs })
}

/**
 * Takes the code of a page on which somebody signs in. The sender of an event is who the homeserver says. A code counts
 * only in a room of two: others who read it could send it first.
 */
export async function takeCode(receiving: Receiving, received: Received<IncomingOf<'code'>>): Promise<void> {
  await say(receiving, received, words(answers[await outcomeOf(receiving, received)]))
}

async function outcomeOf(
  { services, matrix, nameOf, wrongCodes }: Receiving,
  { room, content: { account, code }, signal }: Received<IncomingOf<'code'>>,
): Promise<keyof typeof answers> {
  const wrong = wrongCodes.get(account) ?? 0
  if (wrong >= maxWrong) return 'tooMany'
  const members = await matrix.rooms.joinedMembers(room, signal)
  const isAlone = members.size === 2 && members.has(account) && members.has(matrix.users.bot)
  if (!isAlone) return 'notAlone'
  const proof: MatrixProof = { account, name: await nameOf(room, account) }
  if (await services.signInStates.prove(code, proof)) return 'taken'
  wrongCodes.set(account, wrong + 1)
  return 'wrong'
}
