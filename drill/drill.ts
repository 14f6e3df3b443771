import type { DrillSite } from './site.ts'

/** A failure, caused on purpose in real processes. */
export type Drill = {
  /** What the command line calls it. */
  name: string
  title: string
  run(site: DrillSite): Promise<DrillOutcome>
}

export type DrillOutcome = Done | { notRun: string }

/** The steps of the drill in a sentence, and the results. */
export type Done = { done: string; findings: Finding[] }

/** A promise, the measured result, and whether the promise was kept. */
export type Finding = { promise: string; found: string; kept: boolean }

export function shown(value: number): string {
  return Math.round(value).toLocaleString('en')
}
