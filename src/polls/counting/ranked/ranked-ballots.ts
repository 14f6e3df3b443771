/** Rankings and the number of their ballots: option ids, best first, without the options that were left out. */
export type Rankings = readonly { readonly ranking: readonly string[]; readonly ballots: number }[]

/** The rankings by option index: `ranks[b]` is ranking b, best first; `weights[b]` is the number of its ballots. */
export type RankedBallots = { options: number; ranks: readonly Uint8Array[]; weights: Float64Array }

export function ballotsOf(optionIds: readonly string[], rankings: Rankings): RankedBallots {
  const places = new Map(optionIds.map((id, place) => [id, place]))
  return {
    options: optionIds.length,
    ranks: rankings.map(({ ranking }) => Uint8Array.from(ranking.flatMap((id) => places.get(id) ?? []))),
    weights: Float64Array.from(rankings, (one) => one.ballots),
  }
}
