import type { Bounds } from '../counting/ranked/co-winners.ts'
import { defaultBounds } from '../counting/ranked/instant-runoff.ts'
import { grouped, type RankingPart } from '../counting/ranked/ranked-ballots.ts'
import { countBallots, type RankedCount } from '../counting/ranked/ranked-count.ts'

/** Rankings to count. A message to a worker thread shares their memory. */
export type CountTask = { optionIds: readonly string[]; parts: readonly RankingPart[] }

export function countTask({ optionIds, parts }: CountTask, bounds: Bounds = defaultBounds): RankedCount {
  return countBallots(optionIds, grouped(optionIds.length, parts), bounds)
}

/** Up to so many ranked places, and ties that take no longer search than this, are counted within some 5 ms. */
const maxPlaces = 50_000
const shortSearch: Bounds = { states: 200, steps: 25_000 }

/** The count if it is a matter of milliseconds; else undefined. */
export function countAtOnce(task: CountTask): RankedCount | undefined {
  const places = task.parts.reduce((sum, { rankings }) => sum + rankings.codes.length, 0)
  if (places > maxPlaces) return undefined
  const count = countTask(task, shortSearch)
  return count.instantRunoff.tooManyTies ? undefined : count
}
