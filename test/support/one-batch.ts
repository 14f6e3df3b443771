import { expect } from 'vitest'
import { Refusal } from '../../src/errors.ts'
import {
  type Batch,
  type CommandResult,
  type Idempotency,
  lockedNewPoll,
  type StoredResponse,
} from '../../src/polls/ballot-box/batch.ts'
import { decideSubmission } from '../../src/polls/ballot-box/decide-batch.ts'
import type { Command } from '../../src/polls/model/commands.ts'
import type { EventFacts, PollEvent } from '../../src/polls/model/events.ts'
import type { Poll, PollState, Receipt } from '../../src/polls/model/poll.ts'
import { picks } from './picks.ts'
import { ann, guests, lunch, noon } from './poll-log.ts'

type Created = Partial<Extract<Command, { type: 'create' }>>

/** A lunch poll in one batch, in which every command is decided and applied as the ballot box does it. */
export class OneBatch {
  readonly #batch: Batch

  constructor(asked: Created = {}) {
    this.#batch = { polls: new Map([['poll', lockedNewPoll()]]), keys: new Map(), now: noon }
    this.do({ ...lunch, ...asked })
    this.state.guests = guests
  }

  submit(command: Command, idempotency?: Idempotency): CommandResult | StoredResponse | Refusal {
    return decideSubmission(this.#batch, { pollId: 'poll', command, ...(idempotency && { idempotency }) })
  }

  /** Runs commands that must succeed, and returns their events and the ones that follow. */
  do(...commands: Command[]): EventFacts[] {
    const before = this.events.length
    for (const command of commands) {
      const given = this.submit(command)
      if (given instanceof Refusal) throw given
    }
    return this.events.slice(before).map(({ facts }) => facts)
  }

  /** Moves the clock to this number of milliseconds after noon. */
  goTo(ms: number): void {
    this.#batch.now = new Date(noon.getTime() + ms)
  }

  get events(): readonly PollEvent[] {
    return this.#batch.polls.get('poll')?.events ?? []
  }

  get state(): PollState {
    return this.#batch.polls.get('poll')?.state as PollState
  }

  get poll(): Poll {
    return this.state.poll
  }

  /** The votes of each option. */
  get votes(): number[] {
    return this.poll.options.map(({ votes }) => votes)
  }
}

export const cast = (by: Command['by'], ...choices: string[]): Command => ({
  by,
  type: 'castVote',
  choices: picks(...choices),
})
export const close: Command = { by: ann, type: 'close' }
export const reopen: Command = { by: ann, type: 'reopen' }

/** A receipt, and votes that bear it. */
export function receipt(code: string): Receipt & { cast: typeof cast } {
  const own = { lookup: code, hash: `hash of ${code}` }
  return { ...own, cast: (by, ...choices) => ({ by, type: 'castVote', choices: picks(...choices), receipt: own }) }
}

/** A refusal with a sentence, and with the field if one is wrong. */
export function refused(code: string, field?: string): unknown {
  const message = expect.stringMatching(/^\S.{14,}[.:]$/)
  return expect.objectContaining({ name: 'Refusal', code, message, problems: field ? [{ path: field, message }] : [] })
}
