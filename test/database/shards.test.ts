import { describe, expect, test } from 'vitest'
import { closedAtEnd } from '../support/at-end.ts'
import { openTestDatabase } from '../support/database.ts'
import { placements, pollColumn } from '../support/placement.ts'

// docs/scaling.md says which tables a distributed database keeps by poll. What it can check there must hold here.

const database = await closedAtEnd(openTestDatabase())
const placement = placements()
const query = async <Row>(text: string) => (await database.executeSql(text)).rows as Row[]

type Key = { name: string; table: string; columns: string[] }
type ForeignKey = Key & { to: string; toColumns: string[] }

/** Of columns by number, in this order. */
const names = (table: string, numbers: string) => `ARRAY(
  SELECT a.attname::text FROM unnest(${numbers}) WITH ORDINALITY AS n(number, place)
    JOIN pg_attribute a ON a.attrelid = ${table} AND a.attnum = n.number
  ORDER BY n.place)`

const keys = await query<Key>(`
  SELECT c.relname AS name, t.relname AS "table", ${names('i.indrelid', 'i.indkey::int2[]')} AS columns
  FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_class t ON t.oid = i.indrelid
  WHERE t.relnamespace = 'public'::regnamespace AND (i.indisunique OR i.indisexclusion)`)

const foreignKeys = await query<ForeignKey>(`
  SELECT k.conname AS name, t.relname AS "table", ${names('k.conrelid', 'k.conkey')} AS columns,
    f.relname AS "to", ${names('k.confrelid', 'k.confkey')} AS "toColumns"
  FROM pg_constraint k JOIN pg_class t ON t.oid = k.conrelid JOIN pg_class f ON f.oid = k.confrelid
  WHERE k.contype = 'f' AND t.relnamespace = 'public'::regnamespace`)

const byPoll = ({ table }: { table: string }) => placement.get(table) === 'by poll'
const namesOf = (list: Key[]) => list.map(({ name }) => name)

test('every table is in the list of docs/scaling.md, and each one with the id of a poll is placed by poll', async () => {
  const tables = await query<{ name: string; hasPoll: boolean }>(`
    SELECT t.relname AS name, t.relname = 'polls' OR EXISTS (
      SELECT FROM pg_attribute a WHERE a.attrelid = t.oid AND a.attname = 'poll_id' AND NOT a.attisdropped) AS "hasPoll"
    FROM pg_class t WHERE t.relnamespace = 'public'::regnamespace AND t.relkind IN ('r', 'p')
      AND t.relname <> '_prisma_migrations'`)
  expect([...placement.keys()].toSorted()).toEqual(tables.map(({ name }) => name).toSorted())
  const withPoll = tables.filter(({ hasPoll }) => hasPoll).map(({ name }) => name)
  expect([...placement].filter(([, where]) => where === 'by poll').map(([name]) => name)).toEqual(
    expect.arrayContaining(withPoll),
  )
})

describe('of a table placed by poll', () => {
  test('the primary key and each unique index start with the poll', () => {
    const ofPolls = keys.filter(byPoll)
    expect(ofPolls.length).toBeGreaterThanOrEqual([...placement.values()].filter((one) => one === 'by poll').length)
    expect(namesOf(ofPolls.filter(({ table, columns }) => columns[0] !== pollColumn(table)))).toEqual([])
  })

  test('each foreign key starts with the poll and leads to the same poll, or leads to a table that is everywhere', () => {
    const ofPolls = foreignKeys.filter(byPoll)
    expect(ofPolls.length).toBeGreaterThan(20)
    const wrong = ofPolls.filter(({ table, columns: [column], to, toColumns: [toColumn] }) =>
      placement.get(to) === 'by poll'
        ? column !== pollColumn(table) || toColumn !== pollColumn(to)
        : placement.get(to) !== 'everywhere',
    )
    expect(namesOf(wrong)).toEqual([])
  })
})

test('no foreign key of another table leads to a poll, or from a table that is everywhere to one machine', () => {
  const others = foreignKeys.filter((key) => !byPoll(key))
  const wrong = others.filter(({ table, to }) => {
    const target = placement.get(to)
    return target === 'by poll' || (placement.get(table) === 'everywhere' && target !== 'everywhere')
  })
  expect(others.length).toBeGreaterThan(5)
  expect(namesOf(wrong)).toEqual([])
})
