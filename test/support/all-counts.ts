type CountRound = { votes: Record<string, number>; exhausted: number; eliminated: string[] }
type Count = { rounds: CountRound[]; winner: string | undefined }

/**
 * Instant-runoff by its rules, in the slowest way: one option is eliminated after the other, in each order that ties
 * allow.
 */
export function allCounts(
  ids: readonly string[],
  ballots: (readonly string[])[],
  { narrowed = true, before = [] as CountRound[] } = {},
): Count[] {
  const first = ballots.map((ballot) => ballot.find((id) => ids.includes(id)))
  const votes = Object.fromEntries(ids.map((id) => [id, first.filter((one) => one === id).length]))
  const round = { votes, exhausted: first.filter((one) => one === undefined).length, eliminated: [] as string[] }
  const winner = ids.find((id) => (votes[id] ?? 0) * 2 > ballots.length - round.exhausted)
  if (winner || round.exhausted === ballots.length) return [{ rounds: [...before, round], winner }]
  const fewer = (one: string, other: string) => {
    const differing = [...before, round].findLast((earlier) => earlier.votes[one] !== earlier.votes[other])
    return (differing?.votes[one] ?? 0) - (differing?.votes[other] ?? 0)
  }
  const last = ids.filter((id) => ids.every((other) => (votes[id] ?? 0) <= (votes[other] ?? 0)))
  const isNarrowed = narrowed && last.length < ids.length
  const leaving = isNarrowed ? last.filter((id) => last.every((other) => fewer(id, other) <= 0)) : last
  return leaving.flatMap((id) =>
    allCounts(
      ids.filter((other) => other !== id),
      ballots,
      { narrowed, before: [...before, { ...round, eliminated: [id] }] },
    ),
  )
}
