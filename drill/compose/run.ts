import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { DrillResult } from '../report.ts'
import type { ComposeDrill } from './drills.ts'
import { Stack } from './stack.ts'

/** Runs the drills one after the other on one deployment. The engine that it runs on ends with this process. */
export async function runComposeDrills(
  drills: ComposeDrill[],
  onDone: (result: DrillResult) => void,
): Promise<DrillResult[]> {
  const stack = await Stack.build(join(await mkdtemp(join(tmpdir(), 'polldock-compose-')), 'polldock'))
  await stack.sh('docker compose up --detach --wait')
  const results: DrillResult[] = []
  for (const drill of drills) {
    const start = performance.now()
    const outcome = await drill.run(stack)
    const result = { drill, outcome, seconds: (performance.now() - start) / 1_000, errors: [] }
    results.push(result)
    onDone(result)
  }
  return results
}
