import { open, rename } from 'node:fs/promises'

/**
 * Writes a file that only its owner can read.
 *
 * @throws when it exists, unless it may be overwritten
 */
export async function writeSecretFile(
  path: string,
  text: string,
  { overwrite }: { overwrite: boolean },
): Promise<void> {
  if (!overwrite) return write(path, text)
  // A new file gets the mode; an existing one would keep its own.
  const beside = `${path}.${process.pid}`
  await write(beside, text)
  await rename(beside, path)
}

async function write(path: string, text: string): Promise<void> {
  const file = await open(path, 'wx', 0o600).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'EEXIST') error.message = `${path} exists. Its tokens may be in use: --overwrite replaces them.`
    throw error
  })
  try {
    await file.writeFile(text)
    await file.sync()
  } finally {
    await file.close()
  }
}
