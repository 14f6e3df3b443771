import { readFileSync, writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { exchange } from '../../support/exchange.ts'
import { openSandbox } from '../box.ts'
import { gems } from './gems.ts'
import { go } from './go.ts'
import { hubot } from './hubot.ts'
import { python } from './python.ts'

const requests = [...gems, ...hubot, ...python, ...go]

test.each(requests)('$client $does', async ({ send, expects }) => {
  const box = await openSandbox()
  await expects(await exchange(box.url, await send(box)), box)
})

test('docs/sandbox.md lists what clients need without a word in the documentation', () => {
  const page = new URL('../../../docs/sandbox.md', import.meta.url)
  const block = /(?<=<!-- clients -->\n)[\s\S]*(?=<!-- end of clients -->)/
  const text = readFileSync(page, 'utf8')
  const current = text.replace(block, () => table())
  if (process.env.UPDATE_DOCS) writeFileSync(page, current)
  expect(process.env.UPDATE_DOCS ? table() : text).toBe(process.env.UPDATE_DOCS ? block.exec(current)?.[0] : current)
})

/** What the tests of `original-polldock.test.ts` and `flowdock-oauth.test.ts` need. */
const own = [
  'older names: `POST /flows/:organization/:flow/integrations`, and `POST /activities` with `token`',
  '`access_token` in the query, with an `Authorization` header of another scheme',
].map((needs) => ({ client: 'flowdock-example-integration (the original Polldock, commit 4a512a6)', needs }))
const script = [
  '`POST /oauth/applications` with `application[name]` and `application[redirect_uri]`',
  '`.json` after a path, as in `GET /flows.json`',
].map((needs) => ({ client: 'flowdock-oauth.rb (commit 4a512a6)', needs }))

function table(): string {
  const undocumented = requests.flatMap(({ client, needs }) => (needs ? [{ client, needs }] : []))
  const needs = Map.groupBy([...own, ...script, ...undocumented], ({ needs }) => needs)
  const rows = [...needs].map(
    ([what, by]) => `| ${what} | ${[...new Set(by.map(({ client }) => client))].join(', ')} |`,
  )
  return ['| what is served | needed by |', '| --- | --- |', ...rows, ''].join('\n')
}
