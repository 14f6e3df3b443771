/** Where the tests of a project get their databases from. */
export type DatabaseSource =
  | { kind: 'embedded' /** A file: the dump of a migrated data directory. */; image: string }
  | { kind: 'postgres' /** The server, without the name of a database. */; server: string; template: string }

declare module 'vitest' {
  interface ProvidedContext {
    database: DatabaseSource
  }
}
