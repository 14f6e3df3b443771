import { cpus, release, totalmem, type } from 'node:os'
import type { BenchSite } from './site.ts'

/** The machine of the measurements, in one sentence. */
export function machine(): string {
  const [first] = cpus()
  const memory = Math.round(totalmem() / 2 ** 30)
  const speed = first?.speed ? ` at ${(first.speed / 1_000).toFixed(1)} GHz` : ''
  return `${cpus().length} cores (${first?.model.trim()}${speed}), ${memory} GiB, ${type()} ${release()}, Node ${process.version}`
}

/** The database's own name for itself, and whether its commits wait for the disk. */
export async function databaseVersion({ server, database }: BenchSite): Promise<string> {
  const [row] = await server.rows(
    `SELECT split_part(version(), ' on ', 1) AS version, current_setting('fsync') AS fsync`,
  )
  return `${database}: ${row?.version}, fsync ${row?.fsync}`
}
