import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))
const docs = readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
const pages = ['README.md', ...docs.map((name) => `docs/${name}`)]

test.each(pages.filter((path) => path.endsWith('.md')))('the links of %s to files lead somewhere', (path) => {
  const links = [...readFileSync(join(root, path), 'utf8').matchAll(/\]\(([^)#\s]+)/g)].map(([, link = '']) => link)
  const dead = links.filter((link) => !/^https?:/.test(link) && !existsSync(join(root, dirname(path), link)))
  expect(dead).toEqual([])
})

test('the guide to a first integration shows the whole code of the webhook', () => {
  const guide = readFileSync(join(root, 'docs/first-integration.md'), 'utf8')
  const parts = [...guide.matchAll(/<!-- from: (\S+) -->\n```ts\n([\s\S]*?)\n```/g)]
  const shown = Map.groupBy(parts, ([, file = '']) => file)
  const lines = (code: string) => code.split('\n').filter((line) => line !== '')
  const folder = 'src/chat/webhook'
  expect([...shown.keys()].sort()).toEqual(readdirSync(join(root, folder)).map((name) => `${folder}/${name}`))
  for (const [file, blocks] of shown)
    expect(lines(blocks.map(([, , code]) => code).join('\n'))).toEqual(lines(readFileSync(join(root, file), 'utf8')))
})

test('the table of rooms has every folder of the repository and of src', () => {
  const folders = (folder: string) =>
    readdirSync(join(root, folder), { withFileTypes: true })
      .filter(
        (entry) =>
          entry.isDirectory() && !/^\.|^(node_modules|docs|data|test-results|playwright-report)$/.test(entry.name),
      )
      .map(({ name }) => `${folder}${name}/`)
  const table =
    readFileSync(join(root, 'docs/architecture.md'), 'utf8')
      .match(/^\|.*\|$/gm)
      ?.join('\n') ?? ''
  const rooms = [...folders(''), ...folders('src/')].filter((room) => !table.includes(`\`${room}\``))
  expect(rooms).toEqual([])
})

test('each file in the table of rules exports what the table says', () => {
  const table = readFileSync(join(root, 'docs/architecture.md'), 'utf8')
  const rules = [...table.matchAll(/^\| [^|]+ \| \[`([^`]+)`\]\([^)]+\) \| `(\w+)` \|$/gm)]
  expect(rules.length).toBeGreaterThanOrEqual(20)
  const wrong = rules.filter(([, file = '', name = '']) => {
    const source = readFileSync(join(root, 'src', file), 'utf8')
    return !new RegExp(`^export (async )?(function|const|class) ${name}\\b`, 'm').test(source)
  })
  expect(wrong).toEqual([])
})
