import { openAsBlob } from 'node:fs'
import { Readable, Writable } from 'node:stream'
import { gunzipSync, gzipSync } from 'node:zlib'
import { inject } from 'vitest'
import { EmbeddedAdapterFactory, openPGlite } from '../../src/database/embedded.ts'
import { PrismaClient } from '../../src/database/generated/client.ts'
import { openPool, PostgresAdapterFactory } from '../../src/database/postgres.ts'
import { type DirectConnection, directEmbedded, directPostgres } from '../../src/database/transfer/direct.ts'
import { exportDatabase } from '../../src/database/transfer/export.ts'
import { importDatabase } from '../../src/database/transfer/import.ts'
import { createPostgresDatabase } from './database.ts'

/** A database to export from or import into, without any table yet. */
export type TransferSite = { db: DirectConnection; prisma: PrismaClient; close(): Promise<void> }

const source = inject('database')

/** Of the project's kind, or of the other kind. */
export function openSite(kind: 'embedded' | 'postgres' = source.kind): Promise<TransferSite> {
  return kind === 'embedded' ? openEmbeddedSite() : openPostgresSite()
}

async function openEmbeddedSite(): Promise<TransferSite> {
  const image = source.kind === 'embedded' ? await openAsBlob(source.emptyImage) : undefined
  const pglite = await openPGlite(undefined, image)
  const prisma = new PrismaClient({ adapter: new EmbeddedAdapterFactory(pglite) })
  return { db: directEmbedded(pglite), prisma, close: () => prisma.$disconnect().then(() => pglite.close()) }
}

async function openPostgresSite(): Promise<TransferSite> {
  const { url, drop } = await createPostgresDatabase({ migrated: false })
  const db = await directPostgres(url)
  const pool = openPool(url, { application_name: 'test' })
  const prisma = new PrismaClient({ adapter: new PostgresAdapterFactory(pool) })
  const close = async () => {
    await prisma.$disconnect()
    await pool.end()
    await db.close()
    await drop()
  }
  return { db, prisma, close }
}

/** @returns the file, and what it says of each table */
export async function exported({ db }: Pick<TransferSite, 'db'>) {
  const pieces: Buffer[] = []
  const file = new Writable({
    write: (piece, _encoding, done) => {
      pieces.push(piece)
      done()
    },
  })
  const { sums } = await exportDatabase(db, file)
  return { file: Buffer.concat(pieces), sums }
}

/** @param onRead told how many bytes of the file are read */
export async function imported({ db }: Pick<TransferSite, 'db'>, file: Buffer, onRead = (_bytes: number) => {}) {
  // In small pieces, as a pipe may bring it: no line comes whole.
  function* pieces() {
    for (let at = 0; at < file.length; at += 100) {
      onRead(Math.min(at + 100, file.length))
      yield file.subarray(at, at + 100)
    }
  }
  return (await importDatabase(db, Readable.from(pieces()))).sums
}

/** The file with other lines. */
export function withLines(file: Buffer, change: (lines: string[]) => string[]): Buffer {
  return gzipSync(change(gunzipSync(file).toString().split('\n')).join('\n'))
}
