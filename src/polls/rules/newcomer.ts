import { Refusal } from '../../errors.ts'
import type { PersonName } from '../../people/model/person-name.ts'
import type { Command } from '../model/commands.ts'
import type { Poll, PollState } from '../model/poll.ts'
import { decide } from './decide.ts'

/** A command before its author is known. */
export type WithoutAuthor<C = Command> = C extends Command ? Omit<C, 'by'> : never

const newcomer: PersonName = { id: '', name: '' }

/**
 * Why this command would be refused to anybody who is new here, whatever their name; undefined if it depends on the name.
 * So nobody gives a name for a form that cannot succeed.
 */
export function refusalOfNewcomer(poll: Poll, command: WithoutAuthor, now: Date): Refusal | undefined {
  const state: PollState = { poll: { ...poll, hasRoll: false }, ballots: new Map(), anonymousBallots: new Map() }
  const decision = decide(state, { ...command, by: newcomer } as Command, now)
  return decision instanceof Refusal ? decision : undefined
}
