import type { Metrics } from '../../src/metrics/metrics.ts'

/** The variable that switches on metrics in an app; nothing is served there. */
export const measured = { METRICS_PORT: '9' }

/** Reads the value of a series as it is printed, as in `name{label="value"}`; undefined when there is none. */
export async function readSeries(metrics: Metrics | undefined, series: string): Promise<number | undefined> {
  const lines = ((await metrics?.print())?.text ?? '').split('\n')
  const line = lines.find((one) => one.startsWith(`${series} `))
  return line === undefined ? undefined : Number(line.slice(series.length + 1))
}
