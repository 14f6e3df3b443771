import type { DrillSite } from './site.ts'

/** Something that goes wrong, done on purpose to real processes. */
export type Drill = {
  /** What the command line calls it. */
  name: string
  title: string
  run(site: DrillSite): Promise<DrillOutcome>
}

export type DrillOutcome = Done | { notRun: string }

/** What was done, in a sentence, and how it went. */
export type Done = { done: string; findings: Finding[] }

/** A promise, what was found instead of a guess, and whether the promise was kept. */
export type Finding = { promise: string; found: string; kept: boolean }

export function shown(value: number): string {
  return Math.round(value).toLocaleString('en')
}
