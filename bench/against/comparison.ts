import type { BenchSite } from '../site.ts'

/** One round of one build. Times in milliseconds; `serverCpu` is processor time per answer. */
export type Round = { value: number; p99?: number; serverCpu?: number }

/** Measures one build for about so many seconds. */
export type Contender = (seconds: number) => Promise<Round>

/** The same work of two builds. */
export type Comparison = {
  /** What `--only` selects it by: the letter of the table that shows this work, or m, or s. */
  key: string
  name: string
  unit: 'per second' | 'ms' | 'MiB'
  /** The ratio to the other build that this build has to reach: at least for rates, at most for times and sizes. */
  goal: { embedded?: number; postgres?: number }
  /** Prepares a build, and gives it to `work`. */
  prepare(site: BenchSite, work: (contender: Contender) => Promise<void>): Promise<void>
}
