import { createHash } from 'node:crypto'
import type { PersonName } from '../../../people/person-name.ts'
import { storedAnswer } from '../../../polls/ballot-box/idempotency.ts'
import type { Services } from '../../../services.ts'
import { commandOf, placeOf, type Wish } from './action-request.ts'
import { done, type Result, refused } from './result.ts'

/**
 * What vouches for a wish, once: Flowdock's token, or the claim that a stranger got for theirs. `tokenHash` is as in
 * `Sender`. It covers the wish, so one voucher never stands for two.
 */
export type Voucher = { kind: 'token' | 'claim'; tokenHash: string }

/**
 * Does what somebody wants, once: the same voucher gives the same result, whatever has become of the poll since, and
 * whoever's the account is by now.
 *
 * @throws {Refusal} `not_found` for what is no poll's id, or `unavailable`
 */
export async function fulfil(
  { box, delivery }: Services,
  person: PersonName,
  wish: Wish,
  voucher: Voucher,
): Promise<Result> {
  const result = (await box.submitOnce({
    pollId: wish.pollId,
    command: commandOf(wish, person),
    idempotency: {
      ...keyOf(wish, voucher),
      answer: (given) => done(wish, given),
      refused: (refusal) => refused(wish, refusal),
    },
  })) as Result
  if (result.isStale) await delivery.showAnew(wish.pollId)
  return result
}

/** What came of it the first time, if it was used before. */
export async function formerResult({ database }: Services, wish: Wish, voucher: Voucher): Promise<Result | undefined> {
  return (await storedAnswer(database, keyOf(wish, voucher))) as Result | undefined
}

function keyOf({ pollId, aim }: Wish, { kind, tokenHash }: Voucher) {
  const fingerprint = createHash('sha256').update(placeOf(pollId, aim)).digest('hex')
  return { owner: 'flowdock', key: `${kind} ${tokenHash}`, fingerprint }
}
