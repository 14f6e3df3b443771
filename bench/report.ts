import { readFile, writeFile } from 'node:fs/promises'
import type { Section } from './section.ts'

export type Findings = { section: Omit<Section, 'rows'>; rows: string[][] }[]

/** The report in Markdown: place and time, then a table for each section. */
export function report(about: string[], findings: Findings): string {
  const tables = findings.map(({ section, rows }) => {
    const head = [section.columns, section.columns.map(() => '---')]
    const lines = [...head, ...rows].map((cells) => `| ${cells.join(' | ')} |`)
    return [`### (${section.key}) ${section.title}`, section.note, lines.join('\n')].join('\n\n')
  })
  return [about.map((line) => `- ${line}`).join('\n'), ...tables].join('\n\n')
}

/** Replaces the text between the markers in `path`, which name the command after `npm run`. */
export async function writeReport(path: string, text: string, command = 'bench -- --write'): Promise<void> {
  const [begin, end] = ['begin', 'end'].map((edge) => `<!-- npm run ${command}: ${edge} -->`) as [string, string]
  const page = await readFile(path, 'utf8')
  const [before, rest] = page.split(begin)
  const after = rest?.split(end)[1]
  if (before === undefined || after === undefined) throw new Error(`${path} lacks the lines “${begin}” and “${end}”.`)
  await writeFile(path, `${before}${begin}\n\n${text}\n\n${end}${after}`)
}
