import type { PersonName } from '../../src/people/model/person-name.ts'
import type { Command } from '../../src/polls/model/commands.ts'
import type { Poll } from '../../src/polls/model/poll.ts'
import { picks } from './picks.ts'

/** A vote for the poll's option at `index`; beyond the last option, for a missing one. */
export function castVote({ options }: Pick<Poll, 'options'>, by: PersonName, index = 0): Command {
  return { by, type: 'castVote', choices: picks(options[index]?.id ?? 'no such option') }
}
