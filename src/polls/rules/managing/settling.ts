import type { CommandOf } from '../../model/commands.ts'
import type { PollState } from '../../model/poll.ts'
import { closing } from '../closing.ts'
import { type Decision, refuse } from '../permissions.ts'

/** The creator decides, also in a tie and against the count. An open poll is closed first. */
export function settle(state: PollState, { optionId }: CommandOf<'settle'>): Decision {
  const { poll } = state
  if (poll.method !== 'dates')
    return refuse(poll, 'invalid_input', 'Only a poll of dates can be settled on a date.', 'optionId')
  const option = poll.options.find(({ id }) => id === optionId)
  if (!option) return refuse(poll, 'unknown_option', 'That is not a date of this poll.', 'optionId')
  if (poll.settledOptionId === optionId) return []
  const settled = { type: 'settled', option: { id: option.id, title: option.title } } as const
  return poll.status === 'open' ? [closing(state), settled] : [settled]
}
