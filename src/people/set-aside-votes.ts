import type { PrismaClient } from '../database/generated/client.ts'
import { Refusal } from '../errors.ts'
import type { BallotBox } from '../polls/ballot-box/ballot-box.ts'
import { countableBallots, type SetAsideBallot } from '../polls/queries/set-aside-ballots.ts'
import type { PersonName } from './model/person-name.ts'

/** Polls whose commands wait at a time: they share the ballot box with everybody. */
const atOnce = 200

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
    const votes = await countableBallots(this.#prisma, personId)
    let counted = 0
    for (let from = 0; from < votes.length; from += atOnce) {
      const some = await Promise.all(votes.slice(from, from + atOnce).map((vote) => this.#count(vote)))
      counted += some.filter(Boolean).length
    }
    return counted
  }

  async #count({ pollId, ...by }: SetAsideBallot): Promise<boolean> {
    try {
      const { events } = await this.#box.submit({ pollId, command: { by, type: 'countVote' } })
      return events.length > 0
    } catch (error) {
      if (error instanceof Refusal && ['gone', 'not_found'].includes(error.code)) return false
      throw error
    }
  }
}
