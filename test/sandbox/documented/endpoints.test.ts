import { readFileSync, writeFileSync } from 'node:fs'
import { afterAll, expect, test } from 'vitest'
import { withSandbox } from '../box.ts'
import type { Endpoint } from './endpoint.ts'
import { endpoints } from './endpoints.ts'
import { judge, type Verdict } from './judge.ts'

/** `npm run docs:sandbox` writes the table into the page. Without it, the page must have these rows. */
const page = new URL('../../../docs/sandbox.md', import.meta.url)
const block = /(?<=<!-- endpoints -->\n)[\s\S]*(?=<!-- end of endpoints -->)/
const written = block.exec(readFileSync(page, 'utf8'))?.[0] ?? ''

const verdicts = new Map<Endpoint, Verdict>()

test.each(endpoints)('$endpoint of the page $page is served as docs/sandbox.md says', async (endpoint) => {
  const verdict = await judge(endpoint, withSandbox)
  verdicts.set(endpoint, verdict)
  if (process.env.UPDATE_DOCS) expect(verdict.served).toMatch(/^(yes|partly|no)$/)
  else expect(written.split('\n')).toContain(rowOf(endpoint, verdict))
})

test('docs/sandbox.md has one row for every endpoint, and counts them', () => {
  if (process.env.UPDATE_DOCS) expect(verdicts.size).toBe(endpoints.length)
  else expect(written).toBe(table(written.match(/^\| `[A-Z]+ .*\|$/gm) ?? []))
})

afterAll(() => {
  if (!process.env.UPDATE_DOCS) return
  const rows = endpoints.flatMap((endpoint) => {
    const verdict = verdicts.get(endpoint)
    return verdict ? [rowOf(endpoint, verdict)] : []
  })
  writeFileSync(
    page,
    readFileSync(page, 'utf8').replace(block, () => table(rows)),
  )
})

function table(rows: string[]): string {
  const count = (served: Verdict['served']) => rows.filter((row) => row.includes(`) | ${served} | `)).length
  const summary = `${endpoints.length} endpoints: ${count('yes')} served, ${count('partly')} partly, ${count('no')} not.`
  const head = '| endpoint | documented in | served | |\n| --- | --- | --- | --- |'
  return `${summary}\n\n${head}\n${rows.join('\n')}\n`
}

function rowOf({ endpoint, page, host, reason }: Endpoint, { served, differences }: Verdict): string {
  const link = `[${page}](https://github.com/flowdock/api-docs/blob/master/docs/${page}.md)`
  const why = [...differences, ...(reason ? [reason] : [])].join('; ')
  return `| \`${endpoint}\`${host ? ` at \`${host}.\`` : ''} | ${link} | ${served} | ${why} |`
}
