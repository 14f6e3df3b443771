import type { Drill, DrillOutcome } from './drill.ts'

/** `errors`: what Polldock logged as such. */
export type DrillResult = { drill: Pick<Drill, 'title'>; outcome: DrillOutcome; seconds: number; errors: string[] }

/** In Markdown: about the run, then each drill and a line for each of its promises. */
export function report(about: string[], results: DrillResult[]): string {
  const head = ['| drill | what was done | promised | found |', '| --- | --- | --- | --- |']
  return [about.map((line) => `- ${line}`).join('\n'), [...head, ...results.flatMap(rows)].join('\n')].join('\n\n')
}

function rows({ drill, outcome, seconds }: DrillResult): string[] {
  if ('notRun' in outcome) return [row([drill.title, `not run: ${outcome.notRun}`, '', ''])]
  return outcome.findings.map(({ promise, found, kept }, index) => {
    const about = index === 0 ? [drill.title, `${outcome.done} (${seconds.toFixed(0)} s)`] : ['', '']
    return row([...about, promise, kept ? `${found} ✓` : `**${found} ✗**`])
  })
}

function row(cells: string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`
}

export function areKept(outcome: DrillOutcome): boolean {
  return 'notRun' in outcome || outcome.findings.every(({ kept }) => kept)
}
