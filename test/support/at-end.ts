import { afterAll } from 'vitest'

/** For what a whole test file uses, at the top of the file: closed after its last test. */
export async function closedAtEnd<T extends { close(): unknown }>(opening: Promise<T>): Promise<T> {
  const opened = await opening
  afterAll(async () => void (await opened.close()))
  return opened
}
