import { openAsBlob } from 'node:fs'
import type { PGlite } from '@electric-sql/pglite'
import type { Database } from '../../src/database/database.ts'
import { openPGlite } from '../../src/database/embedded.ts'
import { embeddedDatabase } from '../../src/database/open.ts'

/** Unused embedded databases: emptying one takes a twentieth of the time of opening one. */
const idle: PGlite[] = []

/** @param image of a migrated database */
export async function lendEmbedded(image: string): Promise<Database> {
  const pglite = idle.pop() ?? (await openPGlite(undefined, await openAsBlob(image)))
  const schema = await schemaOf(pglite)
  // Late queries of the previous user must not reach the next one.
  const { proxy: lent, revoke } = Proxy.revocable(pglite, { get: bound })
  const database = embeddedDatabase(lent)
  return {
    ...database,
    close: async () => {
      await database.prisma.$disconnect()
      revoke()
      if (await isAsLent(pglite, schema)) idle.push(pglite)
      else await pglite.close()
    },
  }
}

function bound(target: PGlite, key: string | symbol): unknown {
  const value = Reflect.get(target, key, target)
  return typeof value === 'function' ? value.bind(target) : value
}

/** Empties it, unless it was closed, or more than its rows changed. */
async function isAsLent(pglite: PGlite, schema: string): Promise<boolean> {
  if (pglite.closed) return false
  try {
    await pglite.exec('DROP SCHEMA IF EXISTS pgboss CASCADE')
    if ((await schemaOf(pglite)) !== schema) return false
    await pglite.exec(`TRUNCATE ${await tablesOf(pglite)} CASCADE`)
    await pglite.exec('DISCARD ALL')
    return true
  } catch {
    return false
  }
}

async function tablesOf(pglite: PGlite): Promise<string> {
  const { rows } = await pglite.query<{ names: string }>(`
    SELECT string_agg(quote_ident(tablename), ', ') AS names FROM pg_tables
    WHERE schemaname = 'public' AND tablename <> '_prisma_migrations'`)
  return rows[0]?.names ?? ''
}

/** Everything except the rows. */
async function schemaOf(pglite: PGlite): Promise<string> {
  const { rows } = await pglite.query<{ names: string }>(`
    SELECT string_agg(name, ' ' ORDER BY name) AS names FROM (
      SELECT concat_ws('.', n.nspname, c.relname, a.attname, a.atttypid) AS name
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
      WHERE n.nspname !~ '^pg_|^information_schema$'
      UNION ALL SELECT concat(t.tgname, t.tgenabled) FROM pg_trigger t WHERE NOT t.tgisinternal
      UNION ALL SELECT c.conname FROM pg_constraint c
      UNION ALL SELECT concat(p.proname, md5(p.prosrc)) FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
        WHERE n.nspname = 'public'
    ) AS all_names`)
  return rows[0]?.names ?? ''
}
