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
