import { maxVoters } from './population.ts'
import type { LoadProcess, LoadResult } from './processes/load.ts'
import type { BenchSite } from './site.ts'

/** The measurements of one subject, all rounds together. Processor times are milliseconds per response. */
export type Measured = {
  perSecond: number
  p50: number
  p99: number
  errors: number
  firstError: string | undefined
  serverCpu: number
  databaseCpu: number
  /** Share of one processor that the generator of the load took; near 1, it was the limit itself. */
  generatorBusy: number
}

export type Run = LoadResult & { server: number; database: number }

/** A subject is measured for the given seconds at a time, without its preparation and clean-up. */
export type Subject = {
  name: string
  prepare?(): Promise<void>
  run(seconds: number): Promise<LoadResult>
  /** @throws when the database does not match the responses */
  check?(result: LoadResult): Promise<void>
}

export type Rounds = { rounds: number; seconds: number }

const warmUp = 1

/**
 * Measures the subjects in turns, round by round, so other load on the machine affects all equally. A short first round
 * does not count.
 */
export async function measure(site: BenchSite, subjects: Subject[], { rounds, seconds }: Rounds) {
  const runs = new Map<string, Run[]>(subjects.map(({ name }) => [name, []]))
  for (const subject of subjects) await runOnce(site, subject, warmUp)
  for (let round = 0; round < rounds; round += 1) {
    for (const subject of subjects) runs.get(subject.name)?.push(await runOnce(site, subject, seconds / rounds))
  }
  return new Map([...runs].map(([name, all]) => [name, together(all)]))
}

export async function runOnce(site: BenchSite, subject: Subject, seconds: number): Promise<Run> {
  await subject.prepare?.()
  const before = await site.cpuMs()
  const result = await subject.run(seconds)
  const after = await site.cpuMs()
  await subject.check?.(result)
  return { ...result, server: after.server - before.server, database: after.database - before.database }
}

/** The site's generator sends these. */
export function loading(
  site: BenchSite,
  load: Partial<LoadProcess> & Pick<LoadProcess, 'targets' | 'seconds'>,
): LoadProcess {
  return { ports: [site.port], connections: 64, firstVoter: 0, voters: maxVoters, repeat: true, ...load }
}

/** All rounds of a subject as one. */
export function together(runs: Run[]): Measured {
  const sum = (of: (run: Run) => number) => runs.reduce((total, run) => total + of(run), 0)
  const answered = sum((run) => run.answered)
  const latencies = Float64Array.from(runs.flatMap((run) => [...run.latencies])).sort()
  const seconds = sum((run) => run.seconds)
  return {
    perSecond: answered / seconds,
    p50: quantile(latencies, 0.5),
    p99: quantile(latencies, 0.99),
    errors: sum((run) => run.errors),
    firstError: runs.find((run) => run.firstError)?.firstError,
    serverCpu: sum((run) => run.server) / answered,
    databaseCpu: sum((run) => run.database) / answered,
    generatorBusy: sum((run) => run.cpuMs) / 1_000 / seconds,
  }
}

/** @param sorted in ascending order */
export function quantile(sorted: Float64Array, share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}
