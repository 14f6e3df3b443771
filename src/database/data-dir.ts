import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { access, constants, link, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { readSecrets, type Secrets } from '../config.ts'

/** Something about the place where Polldock runs that the operator has to change; the message is one plain line. */
export class StartError extends Error {
  override readonly name = 'StartError'
}

/** Makes the folder if need be, and makes sure that it can be written. */
export async function prepareDataDir(dataDir: string): Promise<void> {
  try {
    await mkdir(dataDir, { recursive: true, mode: 0o700 })
    await access(dataDir, constants.R_OK | constants.W_OK | constants.X_OK)
  } catch (error) {
    throw new StartError(
      `The data directory ${dataDir} cannot be written (${(error as Error).message}). Set DATA_DIR to one that can.`,
    )
  }
}

/**
 * The secret kept in the folder, made at the first start, readable by its owner only. While it is replaced, there are
 * two with a comma.
 *
 * @throws {StartError} when somebody put a text there that is too short to be a secret
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

/** Puts it there whole or not at all, whenever the process is killed, and lets the first of several be the one. */
async function makeSecret(path: string): Promise<void> {
  const draft = `${path}.${randomBytes(6).toString('hex')}`
  await writeFile(draft, randomBytes(48).toString('base64url'), { mode: 0o600, flush: true })
  await link(draft, path).catch((error) => {
    if (error.code !== 'EEXIST') throw error
  })
  await rm(draft)
}

const sqliteBusy = 5

/**
 * Holds the folder for this process, by SQLite's lock on a file in it: the operating system lets go of it when the
 * process ends, however it ends, so that a `kill -9` leaves nothing to be cleared away or mistaken.
 *
 * @returns lets go of the folder
 * @throws {StartError} when another process holds it
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
