import { machine } from '../machine.ts'
import type { Rounds } from '../measure.ts'
import type { BenchOptions } from '../options.ts'
import { type Findings, report } from '../report.ts'
import { figure, goal, rate, type Section } from '../section.ts'
import { type BenchSite, onEmbedded, onPostgres } from '../site.ts'
import type { Comparison, Round } from './comparison.ts'
import { deliveries } from './deliveries.ts'
import { creating, rates } from './rates.ts'
import { starts } from './starts.ts'

const heading: Omit<Section, 'rows'> = {
  key: 'z',
  title: 'This build and another one',
  columns: ['database', 'what', 'unit', 'other', 'this', 'ratio', 'of the rounds', 'p99 ms', 'server CPU ms'],
  note:
    'Both builds do the same work by turns, on the same machine, each with its own database. A ratio is the median of the ' +
    'rounds: this build divided by the other one. Of p99 and processor time per answer, the other build’s comes first.',
}

type Pair = { other: Round; own: Round }

/**
 * Measures this build by turns with the build in `folder`, which has its packages installed.
 *
 * @returns the report in Markdown
 */
export async function compareWith(folder: string, { only, databases, scale }: BenchOptions): Promise<string> {
  const comparisons = [...rates, ...deliveries, ...starts, creating].filter(({ key }) => !only || only.includes(key))
  const rows: string[][] = []
  const compare = (kind: 'embedded' | 'postgres', other: BenchSite) => async (own: BenchSite) => {
    for (const comparison of comparisons) {
      console.error(`${own.database}: ${comparison.name} …`)
      const row = [own.database, ...shown(comparison, kind, await pairsOf(comparison, other, own, scale))]
      console.error(`  ${row.slice(3).join(' | ')}`)
      rows.push(row)
    }
  }
  if (databases.includes('embedded')) await onEmbedded((other) => onEmbedded(compare('embedded', other)), folder)
  if (databases.includes('postgres')) await onPostgres((other) => onPostgres(compare('postgres', other)), folder)
  const about = [
    new Date().toISOString().slice(0, 10),
    machine(),
    `${scale.rounds} rounds, ${scale.seconds} s for each build and row`,
  ]
  const findings: Findings = [{ section: heading, rows }]
  return report(about, findings)
}

/** A first round warms both builds up and does not count. */
async function pairsOf(comparison: Comparison, other: BenchSite, own: BenchSite, { rounds, seconds }: Rounds) {
  const pairs: Pair[] = []
  await comparison.prepare(other, (measureOther) =>
    comparison.prepare(own, async (measureOwn) => {
      const each = seconds / rounds
      for (let round = 0; round <= rounds; round += 1) {
        const pair = { other: await measureOther(each), own: await measureOwn(each) }
        if (round > 0) pairs.push(pair)
      }
    }),
  )
  return pairs
}

function shown({ name, unit, goal: goals }: Comparison, kind: 'embedded' | 'postgres', pairs: Pair[]): string[] {
  const ratios = pairs.map(({ other, own }) => own.value / other.value)
  const ratio = median(ratios)
  const wanted = goals[kind]
  const isMet = wanted === undefined || (unit === 'per second' ? ratio >= wanted : ratio <= wanted)
  const format = unit === 'per second' ? rate : figure
  const both = (part: 'p99' | 'serverCpu') =>
    (['other', 'own'] as const).map((build) => figure(median(pairs.map((pair) => pair[build][part] ?? Number.NaN))))
  return [
    name,
    unit,
    format(median(pairs.map(({ other }) => other.value))),
    format(median(pairs.map(({ own }) => own.value))),
    wanted === undefined ? `${figure(ratio)}×` : goal(`${figure(ratio)}× (goal ${wanted}×)`, isMet),
    `${figure(Math.min(...ratios))} to ${figure(Math.max(...ratios))}`,
    both('p99').join(' → '),
    both('serverCpu').join(' → '),
  ]
}

function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length / 2
  return ((sorted[Math.floor(middle)] ?? Number.NaN) + (sorted[Math.ceil(middle) - 1] ?? Number.NaN)) / 2
}
