import { randomUUID } from 'node:crypto'
import type { Outcome } from '../actions/outcome.ts'

/** What came of an action, and which one it was. */
export type ShownOutcome = Outcome & { action: string }

/** More are not kept; the oldest go first. */
const most = 500

/** What came of the actions picked lately, for the page that is shown after each. */
export class Outcomes {
  readonly #outcomes = new Map<string, ShownOutcome>()

  /** @returns what the page's address says to show it */
  add(outcome: ShownOutcome): string {
    const id = randomUUID()
    this.#outcomes.set(id, outcome)
    const [oldest = id] = this.#outcomes.keys()
    if (this.#outcomes.size > most) this.#outcomes.delete(oldest)
    return id
  }

  get(id: string): ShownOutcome | undefined {
    return this.#outcomes.get(id)
  }
}
