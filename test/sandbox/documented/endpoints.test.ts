import { readFileSync, writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { withSandbox } from '../box.ts'
import type { Endpoint } from './endpoint.ts'
import { endpoints } from './endpoints.ts'
import { judge, type Verdict } from './judge.ts'

/** `npm run docs:sandbox` writes the table into the page. */
const page = new URL('../../../docs/sandbox.md', import.meta.url)
const block = /(?<=<!-- endpoints -->\n)[\s\S]*(?=<!-- end of endpoints -->)/

test('the table of endpoints in docs/sandbox.md has every endpoint', async () => {
  const current = process.env.UPDATE_DOCS ? await table() : undefined
  const text = readFileSync(page, 'utf8')
  if (current)
    writeFileSync(
      page,
      text.replace(block, () => current),
    )
  expect((current ?? text).match(/^\| `[A-Z]+ .*\|$/gm)).toHaveLength(endpoints.length)
})

async function table(): Promise<string> {
  const verdicts: [Endpoint, Verdict][] = []
  for (const endpoint of endpoints) verdicts.push([endpoint, await judge(endpoint, withSandbox)])
  const count = (wanted: Verdict['served']) => verdicts.filter(([, { served }]) => served === wanted).length
  const summary = `${endpoints.length} endpoints: ${count('yes')} served, ${count('partly')} partly, ${count('no')} not.`
  const head = '| endpoint | documented in | served | |\n| --- | --- | --- | --- |'
  return `${summary}\n\n${head}\n${verdicts.map(([endpoint, verdict]) => rowOf(endpoint, verdict)).join('\n')}\n`
}

function rowOf({ endpoint, page, host, reason }: Endpoint, { served, differences }: Verdict): string {
  const link = `[${page}](https://github.com/flowdock/api-docs/blob/master/docs/${page}.md)`
  const why = [...differences, ...(reason ? [reason] : [])].join('; ')
  return `| \`${endpoint}\`${host ? ` at \`${host}.\`` : ''} | ${link} | ${served} | ${why} |`
}
