import { randomBytes } from 'node:crypto'
import { access, constants, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { connect, createServer, type Server } from 'node:net'
import { join, relative } from 'node:path'

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

/** The secret kept in the folder, made at the first start, readable by its owner only. */
export async function keptSecret(dataDir: string): Promise<string> {
  const path = join(dataDir, 'secret')
  const fresh = randomBytes(48).toString('base64url')
  try {
    await writeFile(path, fresh, { mode: 0o600, flag: 'wx' })
    return fresh
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    return readFile(path, 'utf8')
  }
}

/**
 * Holds the folder for this process: a socket in it that answers as long as the process lives. Unlike a file with a
 * process id it cannot outlive a `kill -9`, nor be mistaken for that of another process with the same number.
 *
 * @returns lets go of the folder
 * @throws {StartError} when another process holds it
 */
export async function holdDataDir(dataDir: string): Promise<() => Promise<void>> {
  const path = relative(process.cwd(), join(dataDir, 'in-use.sock'))
  const server = createServer((socket) => socket.destroy())
  for (let attempt = 0; attempt < 3; attempt++) {
    if (await listening(server, path)) return () => new Promise((resolve) => server.close(() => resolve()))
    if (await answers(path)) break
    await rm(path, { force: true })
  }
  throw new StartError(
    `The data directory ${dataDir} is in use by another Polldock. Stop that one, or set DATA_DIR to another folder.`,
  )
}

function listening(server: Server, path: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const failed = (error: NodeJS.ErrnoException) => (error.code === 'EADDRINUSE' ? resolve(false) : reject(error))
    server.once('error', failed)
    server.listen(path, () => {
      server.off('error', failed)
      server.unref()
      resolve(true)
    })
  })
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path)
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}
