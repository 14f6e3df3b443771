import { createHash } from 'node:crypto'
import type { PersonName } from '../../../people/model/person-name.ts'
import { storedAnswer } from '../../../polls/ballot-box/idempotency.ts'
import type { Services } from '../../../services.ts'
import { type ActionRequest, commandOf, goalPath } from '../action-request.ts'
import { done, type Result, refused } from './result.ts'

/**
 * The idempotency key of a click: Flowdock's token, or the claim made for it. `tokenHash` is as in `Sender`. The token
 * covers the whole request, so one proof never stands for two clicks.
 */
export type IdempotencyProof = { kind: 'token' | 'claim'; tokenHash: string }

/**
 * Performs an action once. A replay with the same proof gets the stored result, also when the poll has changed or the
 * account belongs to another person now.
 *
 * @throws {Refusal} `not_found` for an id of no poll, or `unavailable`
 */
export async function performAction(
  { ballotBox, delivery }: Pick<Services, 'ballotBox' | 'delivery'>,
  person: PersonName,
  actionRequest: ActionRequest,
  proof: IdempotencyProof,
): Promise<Result> {
  const result = (await ballotBox.submitOnce({
    pollId: actionRequest.pollId,
    command: commandOf(actionRequest, person),
    idempotency: {
      ...keyOf(actionRequest, proof),
      answer: (given) => done(actionRequest, given),
      refused: (refusal) => refused(actionRequest, refusal),
    },
  })) as Result
  if (result.isStale) await delivery.refreshThreads(actionRequest.pollId)
  return result
}

/** The stored result, if the proof was used before. */
export async function earlierResult(
  { database }: Pick<Services, 'database'>,
  actionRequest: ActionRequest,
  proof: IdempotencyProof,
): Promise<Result | undefined> {
  return (await storedAnswer(database, keyOf(actionRequest, proof))) as Result | undefined
}

function keyOf({ pollId, goal }: ActionRequest, { kind, tokenHash }: IdempotencyProof) {
  const fingerprint = createHash('sha256').update(goalPath(pollId, goal)).digest('hex')
  return { owner: 'flowdock', key: `${kind} ${tokenHash}`, fingerprint }
}
