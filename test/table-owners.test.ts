import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))
const read = (path: string) => readFileSync(join(root, path), 'utf8')

/** The module that owns a table, as docs/architecture.md says. */
const ownerOf = new Map(
  [...read('docs/architecture.md').matchAll(/^\| `(people|polls|chat)` \| (.*) \|$/gm)].flatMap(([, owner, tables]) =>
    [...(tables ?? '').matchAll(/`(\w+)`/g)].map(([, table]) => [table, owner] as const),
  ),
)

/** The tables by the name that Prisma's client gives them. */
const tableOf = new Map(
  [...read('prisma/schema.prisma').matchAll(/^model (\w+) \{.*?@@map\("(\w+)"\)/gms)].map(
    ([, model = '', table = '']) => [model.charAt(0).toLowerCase() + model.slice(1), table],
  ),
)

/** Statements that join tables of another module. */
const exceptions: Record<string, { tables: string[]; because: string }> = {
  'chat/connections/mirrors.ts': {
    tables: ['polls', 'poll_texts'],
    because: 'One statement mirrors all open polls that a connection wants.',
  },
  'chat/connections/backlog.ts': {
    tables: ['polls', 'poll_texts', 'events'],
    because: 'What waits is the difference of two revisions; a rejected message is shown by its event.',
  },
  'chat/delivery/threads.ts': {
    tables: ['polls'],
    because: 'A thread is behind when its cursor is before the revision of its poll.',
  },
  'polls/queries/polls-involving.ts': {
    tables: ['people'],
    because: 'One statement looks for a person, and the guests that they were, in the logs since they are known.',
  },
}

/** The tables that this code names in SQL or through Prisma's client. */
function tablesIn(code: string): Set<string> {
  const inSql = [...code.matchAll(/\b(?:FROM|JOIN|INTO|UPDATE|USING|ONLY)\s+"?(\w+)/g)].map(([, name = '']) => name)
  const inClient = [...code.matchAll(/\b(?:\w*[pP]risma|tx|db)\.(\w+)/g)].map(
    ([, name = '']) => tableOf.get(name) ?? '',
  )
  return new Set([...inSql, ...inClient].filter((name) => ownerOf.has(name)))
}

const foreign = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts') && !path.startsWith('database/generated/'))
  .flatMap((path) =>
    [...tablesIn(read(join('src', path)))]
      .filter((table) => path.split('/', 1)[0] !== ownerOf.get(table))
      .map((table) => ({ path, table })),
  )

test('every table has an owner', () => {
  expect([...ownerOf.keys()].toSorted()).toEqual([...tableOf.values()].toSorted())
})

test('SQL on a table is in the module that owns it', () => {
  const breaches = foreign.filter(({ path, table }) => !exceptions[path]?.tables.includes(table))
  expect(breaches).toEqual([])
})

test('every exception is needed', () => {
  const unneeded = Object.entries(exceptions).flatMap(([path, { tables }]) =>
    tables.filter((table) => !foreign.some((one) => one.path === path && one.table === table)),
  )
  expect(unneeded).toEqual([])
})
