import type { Command } from '../polls/model/commands.ts'
import type { Services } from '../services.ts'
import { type ChangeRequest, expectedRevision } from './conditional.ts'
import { signedIn } from './identity.ts'
import { type PollJson, pollJson } from './representation.ts'

/** A command without the two fields that every request brings: the person, and the revision from If-Match. */
type Change<C = Command> = C extends Command ? Omit<C, 'by' | 'ifRevision'> : never

/**
 * Submits a command of the person who sends the request.
 *
 * @returns the changed poll
 * @throws {Refusal} `revision_mismatch` if If-Match names another revision
 */
export async function changePoll(
  { ballotBox, polls, config }: Pick<Services, 'ballotBox' | 'polls' | 'config'>,
  request: ChangeRequest,
  change: Change,
): Promise<PollJson> {
  const ifRevision = await expectedRevision(request, polls)
  const command: Command = { by: signedIn(request), ifRevision, ...change }
  return pollJson(await ballotBox.submit({ pollId: request.params.id, command }), config.publicUrl)
}
