/**
 * Rankings that were cast, with how many ballots say each: option ids, best first, without those that were left out.
 */
export type Rankings = readonly { readonly ranking: readonly string[]; readonly ballots: number }[]

/** The same by the options' places: `ranks[b]` are those on ballot b, best first, and `weights[b]` how many say so. */
export type RankedBallots = { options: number; ranks: readonly Uint8Array[]; weights: Float64Array }

export function ballotsOf(optionIds: readonly string[], rankings: Rankings): RankedBallots {
  const places = new Map(optionIds.map((id, place) => [id, place]))
  return {
    options: optionIds.length,
    ranks: rankings.map(({ ranking }) => Uint8Array.from(ranking.flatMap((id) => places.get(id) ?? []))),
    weights: Float64Array.from(rankings, (one) => one.ballots),
  }
}
