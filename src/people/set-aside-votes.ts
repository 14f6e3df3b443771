import type { PrismaClient } from '../database/generated/client.ts'
import { Refusal } from '../errors.ts'
import type { BallotBox } from '../polls/ballot-box/ballot-box.ts'
import type { PersonName } from './model/person-name.ts'

/** Polls whose commands wait at a time: they share the ballot box with everybody. */
const atOnce = 200

type SetAside = { pollId: string } & PersonName

/** What people voted as guests in polls that were limited to people who have signed in: it counts once they have. */
export class SetAsideVotes {
  readonly #prisma: PrismaClient
  readonly #box: BallotBox

  constructor(prisma: PrismaClient, box: BallotBox) {
    this.#prisma = prisma
    this.#box = box
  }

  /**
   * Has the votes of this person counted, who has signed in. What cannot be done at this moment is left to `sweep`.
   *
   * @returns how many count now that did not
   */
  async count({ id }: PersonName): Promise<number> {
    return this.#countAll(id).catch(() => 0)
  }

  /** Goes on with all that was cut short, and with what waited for a closed poll to be reopened. */
  async sweep(): Promise<void> {
    await this.#countAll()
  }

  async #countAll(personId?: string): Promise<number> {
    const votes = await this.#countable(personId)
    let counted = 0
    for (let from = 0; from < votes.length; from += atOnce) {
      const some = await Promise.all(votes.slice(from, from + atOnce).map((vote) => this.#count(vote)))
      counted += some.filter(Boolean).length
    }
    return counted
  }

  /** Of somebody, or of all; those of open polls whose voters have signed in by now. */
  #countable(personId: string | undefined): Promise<SetAside[]> {
    return this.#prisma.$queryRaw<SetAside[]>`
      SELECT b.poll_id AS "pollId", v.id, v.name
      FROM ballots b JOIN polls p ON p.id = b.poll_id JOIN people v ON v.id = b.person_id
      WHERE NOT b.counted AND p.status = 'open' AND (${personId ?? null}::text IS NULL OR b.person_id = ${personId ?? null})
        AND EXISTS (SELECT FROM chat_accounts c WHERE c.person_id = b.person_id)`
  }

  async #count({ pollId, ...by }: SetAside): Promise<boolean> {
    try {
      const { events } = await this.#box.submit({ pollId, command: { by, type: 'countVote' } })
      return events.length > 0
    } catch (error) {
      if (error instanceof Refusal && ['gone', 'not_found'].includes(error.code)) return false
      throw error
    }
  }
}
