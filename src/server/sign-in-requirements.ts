import { Refusal } from '../errors.ts'
import { isolated } from '../polls/model/direction.ts'
import { addressIn } from '../polls/rules/voter-list.ts'
import type { Services } from '../services.ts'

const message = 'Nobody could vote: no chat is set up for signing in. Turn this off, or set up a chat.'

type Chats = Services['chats']

/** The names of the chats with which people can sign in, as in a sentence; empty if there are none. */
export function signInNames(chats: Chats): string {
  const names = [...chats.values()].filter(({ description }) => description.signInPath)
  return names.map(({ description }) => description.name).join(' or ')
}

export function canSignIn(chats: Chats): boolean {
  return signInNames(chats) !== ''
}

/**
 * Where nobody can sign in, no poll is made one in which only people vote who have.
 *
 * @throws {Refusal} `invalid_input`
 */
export function expectSignIn({ chats }: Pick<Services, 'chats'>, votersSignedIn: boolean | undefined): void {
  if (!votersSignedIn || canSignIn(chats)) return
  throw new Refusal('invalid_input', message, { problems: [{ path: 'votersSignedIn', message }] })
}

/**
 * Where nobody can sign in, nobody has an e-mail address, and a voter list with one waits for somebody who cannot vote.
 *
 * @throws {Refusal} `invalid_input`
 */
export function expectReachable({ chats }: Pick<Services, 'chats'>, voters: readonly string[]): void {
  const unreachable = canSignIn(chats) ? -1 : voters.findIndex((entry) => addressIn(entry) !== undefined)
  if (unreachable < 0) return
  const message = `Nobody could vote as ${isolated(voters[unreachable] ?? '')}: no chat is set up for signing in. Enter the name that this person uses here.`
  throw new Refusal('invalid_input', message, { problems: [{ path: `roll.${unreachable}`, message }] })
}
