import { maxPossible } from '../polls/counting/methods.ts'
import { highestScore } from '../polls/model/choices/choices.ts'
import type { Poll, PollOption } from '../polls/model/poll.ts'

const nouns = {
  single_choice: 'vote',
  multiple_choice: 'vote',
  score: 'point',
  ranked: 'first\u00A0choice',
  dates: 'yes',
}

/** An option's part of the votes: a bar, and a number. */
export function share({ votes, maybes }: PollOption, poll: Poll): string {
  const { totalVotes, method, capacity } = poll
  if (method === 'dates')
    return `${bar(part(votes + maybes, totalVotes))}\u00A0${votes}\u00A0yes, ${maybes}\u00A0if\u00A0need\u00A0be`
  if (capacity !== null) return `${bar(votes / capacity)}\u00A0${votes} of ${capacity}\u00A0places`
  const ofAll = part(votes, maxPossible(poll))
  const percent = `${Math.round(ofAll * 100)}%`
  const shown = method === 'score' ? `${part(votes, totalVotes).toFixed(1)} of ${highestScore}` : percent
  const count = `${votes.toLocaleString('en')}\u00A0${nouns[method]}${votes === 1 ? '' : 's'}`
  return `${bar(ofAll)}\u00A0${shown}, ${count}`
}

function part(votes: number, all: number): number {
  return all === 0 ? 0 : votes / all
}

const barLength = 10

/** A bar that is empty only at 0 and full only at 1. Its characters are in every font; block characters are not. */
function bar(part: number): string {
  const nearest = Math.round(part * barLength)
  const filled = part <= 0 ? 0 : part >= 1 ? barLength : Math.min(Math.max(nearest, 1), barLength - 1)
  return '•'.repeat(filled) + '·'.repeat(barLength - filled)
}
