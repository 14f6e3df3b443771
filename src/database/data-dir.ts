import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { access, constants, link, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { readSecrets, type Secrets } from '../config.ts'
import { syncFolderOf } from './durable-fs.ts'

/** An error that the operator has to fix; the message is one line. */
export class StartError extends Error {
  override readonly name = 'StartError'
}

/** Creates the folder if it is missing, and checks that it is writable. */
export async function prepareDataDir(dataDir: string): Promise<void> {
  try {
    const first = await mkdir(dataDir, { recursive: true, mode: 0o700 })
    if (first) syncMade(resolve(dataDir), resolve(first))
    await access(dataDir, constants.R_OK | constants.W_OK | constants.X_OK)
  } catch (error) {
    throw new StartError(
      `The data directory ${dataDir} cannot be written (${(error as Error).message}). Set DATA_DIR to one that can.`,
    )
  }
}

/** Waits until the disk has the names of these folders, from `last` up to `first`. */
function syncMade(last: string, first: string): void {
  syncFolderOf(last)
  if (last !== first) syncMade(dirname(last), first)
}

/**
 * Reads the secret from the folder; the first start creates it, readable only by its owner. While it is replaced, the
 * file holds two secrets with a comma.
 *
 * @throws {StartError} when the file holds no valid secret
 */
export async function readOrCreateSecrets(dataDir: string): Promise<Secrets> {
  const path = join(dataDir, 'secret')
  if (!existsSync(path)) await makeSecret(path)
  const secrets = readSecrets(await readFile(path, 'utf8'))
  if (secrets) return secrets
  throw new StartError(
    `The file ${path} holds no secret of 32 characters or more, nor two with a comma. Write one into it, or delete it to get a new one.`,
  )
}

/** Atomic, also when the process is killed. If several processes create the secret, the first one wins. */
async function makeSecret(path: string): Promise<void> {
  const draft = `${path}.${randomBytes(6).toString('hex')}`
  await writeFile(draft, randomBytes(48).toString('base64url'), { mode: 0o600, flush: true })
  await link(draft, path).catch((error) => {
    if (error.code !== 'EEXIST') throw error
  })
  await rm(draft)
  syncFolderOf(path)
}

const sqliteBusy = 5

/**
 * Locks the folder for this process, by SQLite's lock on a file in it. The operating system releases the lock when the
 * process ends, so a `kill -9` leaves no stale lock.
 *
 * @returns a function that releases the lock
 * @throws {StartError} when another process holds the lock
 */
export function lockDataDir(dataDir: string): () => void {
  const lock = new DatabaseSync(join(dataDir, 'in-use.lock'))
  try {
    lock.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE')
    return () => lock.close()
  } catch (error) {
    lock.close()
    if ((error as { errcode?: number }).errcode !== sqliteBusy) throw error
    throw new StartError(
      `The data directory ${dataDir} is in use by another Polldock. Stop that one, or set DATA_DIR to another folder.`,
    )
  }
}
