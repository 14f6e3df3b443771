import type { PrismaClient } from '../database/generated/client.ts'
import { Refusal } from '../errors.ts'
import type { BallotBox } from '../polls/ballot-box/ballot-box.ts'
import { countableBallots, type SetAsideBallot } from '../polls/queries/set-aside-ballots.ts'
import type { PersonName } from './model/person-name.ts'

/** Commands submitted at the same time: they share the ballot box with everybody. */
const maxConcurrent = 200

/** Guests' ballots in polls that are limited to people who have signed in. They count once the guest signs in. */
export class SetAsideVotes {
  readonly #prisma: PrismaClient
  readonly #box: BallotBox

  constructor(prisma: PrismaClient, box: BallotBox) {
    this.#prisma = prisma
    this.#box = box
  }

  /**
   * Counts the ballots of a person who has signed in. What fails now is left to `sweep`.
   *
   * @returns how many ballots count that did not
   */
  async count({ id }: PersonName): Promise<number> {
    return this.#countAll(id).catch(() => 0)
  }

  /** Finishes what was interrupted, and counts ballots in polls that were reopened. */
  async sweep(): Promise<void> {
    await this.#countAll()
  }

  async #countAll(personId?: string): Promise<number> {
    const votes = await countableBallots(this.#prisma, personId)
    let counted = 0
    for (let from = 0; from < votes.length; from += maxConcurrent) {
      const some = await Promise.all(votes.slice(from, from + maxConcurrent).map((vote) => this.#count(vote)))
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
