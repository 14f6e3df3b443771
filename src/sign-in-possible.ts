import { Refusal } from './errors.ts'
import type { Services } from './services.ts'

const message =
  'Nobody could vote: people sign in with a chat, and none is set up here. Leave this out, or have Flowdock set up.'

/**
 * Where nobody can sign in, no poll is made one in which only people vote who have.
 *
 * @throws {Refusal} `invalid_input`
 */
export function expectSignIn({ config }: Services, votersSignedIn: boolean | undefined): void {
  if (!votersSignedIn || config.flowdock) return
  throw new Refusal('invalid_input', message, { problems: [{ path: 'votersSignedIn', message }] })
}
