import { createHash } from 'node:crypto'
import type { PersonName } from '../../../people/types.ts'
import type { Services } from '../../../services.ts'
import { done, type Result, refused } from './result.ts'
import { commandOf, placeOf, type Wish } from './wish.ts'

/**
 * Does what somebody wants, once: the same token gives the same result, whatever has become of the poll since.
 *
 * @param tokenHash of the token that they wanted it with
 * @throws {Refusal} `idempotency_key_reused` when they wanted something else with that token, `not_found` for what is
 *   no poll's id, or `unavailable`
 */
export async function fulfil(
  { box, delivery }: Services,
  person: PersonName,
  wish: Wish,
  tokenHash: string,
): Promise<Result> {
  const place = placeOf(wish.pollId, wish.aim)
  const result = (await box.submitOnce({
    pollId: wish.pollId,
    command: commandOf(wish, person),
    idempotency: {
      // No Idempotency-Key of the JSON API has a space in it.
      key: `flowdock ${tokenHash}`,
      fingerprint: createHash('sha256').update(place).digest('hex'),
      answer: (given) => done(wish, given),
      refused: (refusal) => refused(wish, refusal),
    },
  })) as Result
  if (result.isStale) await delivery.showAnew(wish.pollId)
  return result
}
