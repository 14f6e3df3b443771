import type { RankedCount, Round } from '../polls/methods/ranked-count.ts'
import type { Outcome, Poll } from '../polls/types.ts'
import { names, type Phrase } from './phrases.ts'

/** What the templates show of how a ranking is counted: a row for each option, the last ones to stay first. */
export function countModel(poll: Poll, { options: winners }: Outcome, count: RankedCount) {
  const { rounds } = count.instantRunoff
  const rows = poll.options.map(({ id, title }) => ({
    title,
    isWinner: winners.includes(id),
    votes: rounds.map((round) => votesIn(round, id)),
  }))
  return {
    rounds: rounds.map(({ exhausted }, index) => ({ number: index + 1, exhausted })),
    rows: rows.toSorted((one, other) => stayed(other.votes) - stayed(one.votes) || last(other.votes) - last(one.votes)),
    hasExhausted: rounds.some(({ exhausted }) => exhausted > 0),
    oneToOne: oneToOne(poll, count),
  }
}

type Votes = readonly (number | null)[]

/** Null once it has left. */
function votesIn({ votes }: Round, id: string): number | null {
  return votes[id] ?? null
}

function stayed(votes: Votes): number {
  return votes.filter((count) => count !== null).length
}

function last(votes: Votes): number {
  return votes.findLast((count) => count !== null) ?? 0
}

function oneToOne(poll: Poll, { condorcetWinner, schulzeWinners }: RankedCount): Phrase[] {
  if (condorcetWinner) return [...names(poll, [condorcetWinner]), { text: ' beats every other option one to one.' }]
  const none = 'No option beats every other one to one. By Schulze’s method, '
  const titles = names(poll, schulzeWinners)
  return [{ text: none }, ...titles, { text: schulzeWinners.length === 1 ? ' wins.' : ' are tied.' }]
}
