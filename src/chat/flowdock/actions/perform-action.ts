import { createHash } from 'node:crypto'
import type { PersonName } from '../../../people/model/person-name.ts'
import { storedAnswer } from '../../../polls/ballot-box/idempotency.ts'
import type { Services } from '../../../services.ts'
import { type ActionRequest, commandOf, goalPath } from './action-request.ts'
import { done, type Result, refused } from './result.ts'

/**
 * What vouches for a actionRequest, once: Flowdock's token, or the claim that a stranger got for theirs. `tokenHash` is as in
 * `Sender`. It covers the actionRequest, so one proof never stands for two.
 */
export type IdempotencyProof = { kind: 'token' | 'claim'; tokenHash: string }

/**
 * Does what somebody wants, once: the same proof gives the same result, whatever has become of the poll since, and
 * whoever's the account is by now.
 *
 * @throws {Refusal} `not_found` for what is no poll's id, or `unavailable`
 */
export async function performAction(
  { ballotBox, delivery }: Services,
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

/** What came of it the first time, if it was used before. */
export async function earlierResult(
  { database }: Services,
  actionRequest: ActionRequest,
  proof: IdempotencyProof,
): Promise<Result | undefined> {
  return (await storedAnswer(database, keyOf(actionRequest, proof))) as Result | undefined
}

function keyOf({ pollId, goal }: ActionRequest, { kind, tokenHash }: IdempotencyProof) {
  const fingerprint = createHash('sha256').update(goalPath(pollId, goal)).digest('hex')
  return { owner: 'flowdock', key: `${kind} ${tokenHash}`, fingerprint }
}
