import { Refusal } from '../../src/errors.ts'
import type { Command } from '../../src/polls/model/commands.ts'
import type { EventFacts, PollEvent } from '../../src/polls/model/events.ts'
import type { PollState } from '../../src/polls/model/poll.ts'
import { apply } from '../../src/polls/rules/apply.ts'
import { begin } from '../../src/polls/rules/creation.ts'
import { decide } from '../../src/polls/rules/decide.ts'

export const ann = { id: 'ann', name: 'Ann' }
export const bob = { id: 'bob', name: 'Bob' }
export const cem = { id: 'cem', name: 'Cem' }

/** When it all begins. */
export const noon = new Date(Date.UTC(2026, 2, 14, 12))

/** Those of them who have not signed in with a chat. */
export const guests = new Set([bob.id, cem.id])

export const lunch = {
  by: ann,
  type: 'create',
  title: 'Where to eat lunch?',
  description: 'On Friday.',
  category: 'Food',
  optionsOpen: true,
  options: [
    { id: 'pizza', title: 'Pizza' },
    { id: 'sushi', title: 'Sushi' },
    { id: 'falafel', title: 'Falafel' },
  ],
} as const satisfies Command

/** A poll without a database: every command is decided and applied at once. */
export class PollLog {
  state: PollState | undefined
  readonly events: PollEvent[] = []

  submit(command: Command): EventFacts[] | Refusal {
    const at = new Date(noon.getTime() + this.events.length)
    const decision = decide(this.state, command, at)
    if (decision instanceof Refusal) return decision
    for (const facts of decision) this.#append({ actor: command.by, at, facts })
    return decision
  }

  #append({ actor, at, facts }: Omit<PollEvent, 'revision'>): void {
    const event = { revision: this.events.length + 1, actor, at, facts }
    this.events.push(event)
    if (this.state) apply(this.state, event)
    else this.state = { ...begin('poll', event), guests }
  }
}

/** The lunch poll after these commands, which must all succeed. */
export function lunchAfter(...commands: Command[]): PollState {
  const log = new PollLog()
  for (const command of [lunch, ...commands]) {
    const decision = log.submit(command)
    if (decision instanceof Refusal) throw decision
  }
  return log.state as PollState
}

/** The poll according to its log. */
export function replay(pollId: string, [first, ...rest]: readonly PollEvent[]): PollState {
  if (!first) throw new RangeError('The log is empty.')
  const state = begin(pollId, first)
  for (const event of rest) apply(state, event)
  return state
}
