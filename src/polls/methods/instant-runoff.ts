import type { Ballots } from './ranked-count.ts'

/** `votes` by place of the options that are still in it. */
type Round = { votes: Map<number, number>; exhausted: number; eliminated: number[] }

/**
 * Instant-runoff, also known as the alternative vote: in each round a ballot counts for the first of its options that
 * are left, and the option with the fewest leaves, until one has more than half of the ballots that still count, or all
 * that are left have equally many. Nicolaus Tideman, "Collective Decisions and Voting" (2006), calls it the alternative
 * vote.
 */
export function instantRunoff(ballots: Ballots): { rounds: Round[]; winners: number[] } {
  const rounds: Round[] = []
  const isLeft = new Uint8Array(ballots.options).fill(1)
  const next = new Uint8Array(ballots.ranks.length)
  for (;;) {
    const round = count(ballots, isLeft, next)
    rounds.push(round)
    const winners = winnersOf(round)
    if (winners) return { rounds, winners }
    round.eliminated = leaving(rounds)
    for (const option of round.eliminated) isLeft[option] = 0
  }
}

/** @param next how far each ballot has been read; moved on to the first option that is left */
function count({ options, ranks, weights }: Ballots, isLeft: Uint8Array, next: Uint8Array): Round {
  const votes = new Float64Array(options)
  let exhausted = 0
  for (const [ballot, ranking] of ranks.entries()) {
    let place = next[ballot] as number
    while (place < ranking.length && !isLeft[ranking[place] as number]) place += 1
    next[ballot] = place
    const weight = weights[ballot] as number
    if (place === ranking.length) exhausted += weight
    else votes[ranking[place] as number] = (votes[ranking[place] as number] as number) + weight
  }
  const left = [...votes.entries()].filter(([option]) => isLeft[option])
  return { votes: new Map(left), exhausted, eliminated: [] }
}

/** Undefined while nobody has won; none when nobody has a vote. */
function winnersOf({ votes }: Round): number[] | undefined {
  const most = Math.max(0, ...votes.values())
  const counting = [...votes.values()].reduce((sum, votes) => sum + votes, 0)
  if (counting === 0) return []
  const first = [...votes.keys()].filter((option) => votes.get(option) === most)
  return most > counting / 2 || first.length === votes.size ? first : undefined
}

/**
 * Who has the fewest. Of several, those who had the fewest of them in the latest earlier round in which they differ;
 * all of them if they never did. Nobody draws lots.
 */
function leaving(rounds: readonly Round[]): number[] {
  const latest = rounds.at(-1) as Round
  let last = [...latest.votes.keys()]
  for (const { votes } of rounds.toReversed()) {
    const fewest = Math.min(...last.map((option) => votes.get(option) as number))
    last = last.filter((option) => votes.get(option) === fewest)
  }
  return last
}
