import type { Drill } from './drill.ts'
import type { DrillResult } from './report.ts'
import { openSite, startPostgres } from './site.ts'

/** In the short form several drills run at once, since they mostly wait. */
const atOnce = 4

/**
 * Runs the drills, each in a site of its own.
 *
 * @param stack takes what has to be closed if they are broken off
 */
export async function runDrills(
  drills: Drill[],
  isShort: boolean,
  stack: AsyncDisposableStack,
  onDone: (result: DrillResult) => void = () => {},
): Promise<DrillResult[]> {
  const postgres = await startPostgres()
  stack.defer(() => postgres.stop())
  const results = new Map<Drill, DrillResult>()
  // From the end of the list, where the longest drills are.
  const waiting = isShort ? drills.toReversed() : [...drills]
  const work = async () => {
    for (let drill = waiting.shift(); drill; drill = waiting.shift()) {
      const site = stack.use(await openSite(isShort, postgres))
      const start = performance.now()
      const outcome = await drill.run(site)
      const result = { drill, outcome, seconds: (performance.now() - start) / 1_000, errors: site.errors() }
      await site[Symbol.asyncDispose]()
      results.set(drill, result)
      onDone(result)
    }
  }
  await Promise.all(Array.from({ length: isShort ? atOnce : 1 }, work))
  return drills.map((drill) => results.get(drill) as DrillResult)
}
