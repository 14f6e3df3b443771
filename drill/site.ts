import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type PostgresServer, startPostgresServer } from '../test/support/postgres-server.ts'
import { type Polldock, startPolldock } from './polldock.ts'

/** The environment of one drill. Closing it ends its processes and removes its files. */
export type DrillSite = AsyncDisposable & {
  /** Whether the drill is to take but seconds. */
  isShort: boolean
  /** A Polldock process on a new database of the PostgreSQL server, unless `variables` say otherwise. */
  startPolldock(variables?: Record<string, string>, wrapper?: string[]): Promise<Polldock>
  /** The URL of a new database, with no table yet. */
  createDatabase(): Promise<string>
  postgres: PostgresServer
  /** A separate PostgreSQL that the drill may stop. */
  startPostgres(): Promise<PostgresServer>
  /** A new folder that is empty. */
  folder(): Promise<string>
  /** The first errors in the logs of its Polldocks, as the reason of a broken promise. */
  errors(): string[]
  /** Runs this when the site is closed, the last first. */
  defer(work: () => unknown): void
}

let databases = 0

export async function openSite(isShort: boolean, postgres: PostgresServer): Promise<DrillSite> {
  const stack = new AsyncDisposableStack()
  const root = await mkdtemp(join(tmpdir(), 'polldock-drill-'))
  stack.defer(() => rm(root, { recursive: true, force: true }))
  const started: Polldock[] = []
  const folder = () => mkdtemp(join(root, 'data-'))
  return {
    isShort,
    postgres,
    startPostgres: async () => {
      const server = await startPostgres()
      stack.defer(() => server.stop())
      return server
    },
    folder,
    createDatabase: () => createDatabase(postgres),
    startPolldock: async (variables = {}, wrapper = []) => {
      const isGiven = 'DATA_DIR' in variables || 'DATABASE_URL' in variables
      const database: Record<string, string> = isGiven ? {} : { DATABASE_URL: await createDatabase(postgres) }
      const polldock = await startPolldock({ ...database, ...variables }, wrapper)
      started.push(polldock)
      stack.defer(() => polldock.kill())
      return polldock
    },
    errors: () =>
      started
        .flatMap(({ printed }) => printed().split('\n').filter(isError).slice(0, 5))
        .map((line) => line.slice(0, 500)),
    defer: (work) => stack.defer(async () => void (await work())),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}

/** @returns its URL */
export async function createDatabase(postgres: PostgresServer): Promise<string> {
  const name = `drill_${++databases}`
  await postgres.createDatabase(name)
  return `${postgres.url}/${name}`
}

/** A line of the log, of level `error` or worse, or of what ends a process. */
function isError(line: string): boolean {
  return /^\{"level":(50|60)|^\s*at |Error/.test(line)
}

/** A PostgreSQL for all drills of a run; a commit waits for the disk, as by default. */
export function startPostgres(): Promise<PostgresServer> {
  return startPostgresServer([])
}
