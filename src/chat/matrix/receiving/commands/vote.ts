import { chosen } from '../../../../polls/model/choices/choices.ts'
import { pollPath } from '../../../../polls/model/ids.ts'
import type { Choices, Poll } from '../../../../polls/model/poll.ts'
import type { Receiving } from '../receiving.ts'

/** @returns the choices, by the numbers of options; or why people cannot vote so, in a sentence */
export function ballotOf(
  { services }: Pick<Receiving, 'services'>,
  poll: Poll,
  numbers: readonly number[],
): Choices | string {
  const page = new URL(pollPath(poll), services.config.publicUrl).href
  if (poll.anonymous)
    return `This poll is anonymous, but everybody in the room reads a vote here. Vote on its page: ${page}`
  if (poll.resultsVisible !== 'always')
    return `The results of this poll are hidden, but everybody in the room reads a vote here. Vote on its page: ${page}`
  if (poll.votesFinal) return `Votes are final in this poll, so its page asks you to confirm yours. Vote there: ${page}`
  if (poll.method === 'score' || poll.method === 'dates')
    return `A number is not enough to vote in this poll. Vote on its page: ${page}`
  const ids = numbers.map((number) => poll.options[number - 1]?.id)
  const wrong = ids.indexOf(undefined)
  if (wrong >= 0) return `This poll has ${poll.options.length} options, and no option ${numbers[wrong]}.`
  return chosen(ids.filter((id) => id !== undefined))
}
