import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { DrillResult } from '../report.ts'
import type { ComposeDrill } from './compose-drill.ts'
import { Stack } from './stack.ts'

export type ComposeOptions = {
  drills: ComposeDrill[]
  /** The image to use instead of the compose file's. */
  caddy?: string
}

/** Runs the drills one after the other on one deployment. The engine that it runs on ends with this process. */
export async function runComposeDrills(
  { drills, caddy }: ComposeOptions,
  onDone: (result: DrillResult) => void,
): Promise<DrillResult[]> {
  const folder = join(await mkdtemp(join(tmpdir(), 'polldock-compose-')), 'polldock')
  const stack = await Stack.build({ folder, name: 'polldock', ...(caddy && { caddy }) })
  await stack.sh('docker compose up --detach --wait')
  const results: DrillResult[] = []
  for (const drill of drills) {
    const start = performance.now()
    const since = new Date()
    const outcome = await drill.run(stack)
    const result = { drill, outcome, seconds: (performance.now() - start) / 1_000, errors: await stack.errors(since) }
    results.push(result)
    onDone(result)
  }
  return results
}
