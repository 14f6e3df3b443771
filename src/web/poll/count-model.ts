import { outcomeOfCount } from '../../polls/counting/ranked/ranked.ts'
import type { RankedCount, Round } from '../../polls/counting/ranked/ranked-count.ts'
import { chosen } from '../../polls/model/choices/choices.ts'
import { names, type Phrase } from '../../polls/model/phrases.ts'
import type { Outcome, Poll } from '../../polls/model/poll.ts'

/**
 * The rounds of a ranking's count as the templates show them: a row for each option, the last eliminated first.
 *
 * @param outcome the poll's outcome; of a closed poll, the one recorded at its closing
 */
export function countModel(poll: Poll, outcome: Outcome, count: RankedCount) {
  const { rounds } = count.instantRunoff
  const rows = poll.options.map(({ id, title }) => ({
    title,
    isWinner: outcome.options.includes(id),
    votes: rounds.map((round) => votesIn(round, id)),
    tied: rounds.map(({ tied }) => tied.includes(id)),
  }))
  return {
    rounds: rounds.map(({ exhausted }, index) => ({ number: index + 1, exhausted })),
    rows: rows.toSorted((one, other) => stayed(other.votes) - stayed(one.votes) || last(other.votes) - last(one.votes)),
    hasExhausted: rounds.some(({ exhausted }) => exhausted > 0),
    ties: ties(count),
    otherToday: otherToday(poll, outcome, count),
    oneToOne: oneToOne(poll, count),
  }
}

/** Explains ties for elimination; undefined without ties. */
function ties({ instantRunoff: { rounds, winners, tooManyTies } }: RankedCount): string | undefined {
  if (rounds.slice(0, -1).every(({ tied }) => tied.length === 0)) return undefined
  const shown =
    'Any option marked “tied” could be eliminated. The table shows one count, which eliminates the last one in the poll’s order.'
  if (tooManyTies) return `${shown} There are too many counts to follow, so no winner is named.`
  const result =
    winners.length === 1 ? 'The winner is the same in every count.' : 'Each winner wins at least one count.'
  return `${shown} ${result}`
}

/** A closed poll keeps its result, even if an earlier version of Polldock counted in another way. */
function otherToday(poll: Poll, { options }: Outcome, count: RankedCount): Phrase[] | undefined {
  const today = outcomeOfCount(count).options
  if (poll.status === 'open' || options.length === 0 || options.join() === today.join()) return undefined
  const before = 'This poll keeps the result of its closing. Counted again today, '
  const after = today.length === 0 ? 'it is not decided.' : today.length === 1 ? ' wins.' : ' are tied.'
  return [{ text: before }, ...names(poll, chosen(today)), { text: after }]
}

type Votes = readonly (number | null)[]

/** Null once the option is eliminated. */
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
  if (condorcetWinner)
    return [...names(poll, chosen([condorcetWinner])), { text: ' beats every other option head to head.' }]
  const none = 'No option beats every other one head to head. By Schulze’s method, '
  const titles = names(poll, chosen(schulzeWinners))
  return [{ text: none }, ...titles, { text: schulzeWinners.length === 1 ? ' wins.' : ' are tied.' }]
}
