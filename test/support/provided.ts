import type { TestProject } from 'vitest/node'

/** The databases of a project's tests. */
export type DatabaseSource = Embedded | Postgres

/** A migrated database, as a folder and as the file of a dump, and the dump of an empty one. */
type Embedded = { kind: 'embedded'; folder: string; image: string; emptyImage: string }

/** A server, its URL without the name of a database, and the name of a migrated one to be copied. */
type Postgres = { kind: 'postgres'; server: string; template: string }

declare module 'vitest' {
  interface ProvidedContext {
    database: DatabaseSource
  }
}

/** A global setup for several projects: made for the first, and removed after the last. */
export function sharedSetup(make: () => Promise<{ source: DatabaseSource; remove(): Promise<void> }>) {
  let made: ReturnType<typeof make> | undefined
  let projects = 0
  return async ({ provide }: TestProject): Promise<() => Promise<void>> => {
    projects += 1
    made ??= make()
    const { source, remove } = await made
    provide('database', source)
    return async () => {
      projects -= 1
      if (projects === 0) await remove()
    }
  }
}
