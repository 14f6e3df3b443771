import { readFileSync } from 'node:fs'

/** Where a distributed database has a table: see docs/scaling.md. */
export type Placement = 'by poll' | 'everywhere' | 'one machine'

/** Of each table, as docs/scaling.md says. */
export function placements(): Map<string, Placement> {
  const page = readFileSync(new URL('../../docs/scaling.md', import.meta.url), 'utf8')
  const [, table = ''] = /<!-- placement: begin -->([\s\S]*)<!-- placement: end -->/.exec(page) ?? []
  const rows = [...table.matchAll(/^\| `(\w+)` \| (by poll|everywhere|one machine) \|/gm)]
  return new Map(rows.map(([, name = '', placement]) => [name, placement as Placement]))
}

/** The column with the poll's id, in a table that is placed by poll. */
export function pollColumn(table: string): string {
  return table === 'polls' ? 'id' : 'poll_id'
}
