import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { lockDataDir, prepareDataDir, readOrCreateSecrets, StartError } from '../src/database/data-dir.ts'

/** Another process that holds the folder until it is killed. */
async function startHolder(dataDir: string): Promise<{ kill(): Promise<void> }> {
  const script = `
    const { lockDataDir } = await import(process.argv[1])
    globalThis.release = lockDataDir(process.argv[2])
    console.log('held')
    setInterval(() => {}, 1_000)`
  const source = new URL('../src/database/data-dir.ts', import.meta.url).href
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script, source, dataDir])
  await once(child.stdout, 'data')
  return {
    kill: async () => {
      child.kill('SIGKILL')
      await once(child, 'exit')
    },
  }
}

let parent: string
let dir: string

beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'polldock-data-'))
  dir = join(parent, 'data')
  await prepareDataDir(dir)
})

afterEach(() => rm(parent, { recursive: true }))

async function failureOf(promise: Promise<unknown>): Promise<StartError> {
  const error = await promise.then(undefined, (reason: unknown) => reason)
  expect(error).toBeInstanceOf(StartError)
  return error as StartError
}

describe('the data directory', () => {
  test('is created for its owner only', async () => {
    const deep = join(parent, 'a', 'b')
    await prepareDataDir(deep)
    expect((await stat(deep)).mode & 0o777).toBe(0o700)
  })

  test('may exist already', async () => {
    await expect(prepareDataDir(dir)).resolves.toBeUndefined()
  })

  test('that cannot be created is one plain line', async () => {
    await writeFile(join(parent, 'file'), '')
    const error = await failureOf(prepareDataDir(join(parent, 'file', 'data')))
    expect(error.message).toMatch(
      /^The data directory .*file\/data cannot be written .*Set DATA_DIR to one that can\.$/,
    )
  })
})

describe('the generated secret', () => {
  test('is created once, at random, for its owner only', async () => {
    const secrets = await readOrCreateSecrets(dir)
    expect(secrets).toEqual([expect.stringMatching(/^[\w-]{64}$/)])
    expect(await readOrCreateSecrets(dir)).toEqual(secrets)
    expect((await stat(join(dir, 'secret'))).mode & 0o777).toBe(0o600)
    await mkdir(join(parent, 'other'))
    expect(await readOrCreateSecrets(join(parent, 'other'))).not.toEqual(secrets)
  })

  test('is the same for simultaneous readers, and leaves no other file', async () => {
    const secrets = await Promise.all(Array.from({ length: 20 }, () => readOrCreateSecrets(dir)))
    expect(new Set(secrets.flat()).size).toBe(1)
    expect(await readdir(dir)).toEqual(['secret'])
    expect(await readFile(join(dir, 'secret'), 'utf8')).toBe(secrets[0]?.[0])
  })

  test('may be written by hand, with a line end', async () => {
    await writeFile(join(dir, 'secret'), `${'x'.repeat(40)}\n`)
    expect(await readOrCreateSecrets(dir)).toEqual(['x'.repeat(40)])
  })

  test('may contain two values during a rotation', async () => {
    await writeFile(join(dir, 'secret'), `${'n'.repeat(40)},${'o'.repeat(40)}\n`)
    expect(await readOrCreateSecrets(dir)).toEqual(['n'.repeat(40), 'o'.repeat(40)])
  })

  test('that is too short is refused', async () => {
    await writeFile(join(dir, 'secret'), 'short\n')
    const error = await failureOf(readOrCreateSecrets(dir))
    expect(error.message).toMatch(/secret holds no secret of 32 characters or more/)
    expect(error.message).not.toContain('short\n')
  })
})

describe('holding the data directory', () => {
  test('keeps others out until it is released', () => {
    const release = lockDataDir(dir)
    expect(() => lockDataDir(dir)).toThrow(StartError)
    expect(() => lockDataDir(dir)).toThrow(/^The data directory .* is in use by another Polldock\. .*$/)
    release()
    lockDataDir(dir)()
  })

  test('keeps others out under any spelling of the path', () => {
    const release = lockDataDir(dir)
    expect(() => lockDataDir(join(dir, '..', 'data'))).toThrow(StartError)
    release()
  })

  test('keeps other processes out, until they are killed', async () => {
    const holder = await startHolder(dir)
    expect(() => lockDataDir(dir)).toThrow(StartError)
    await holder.kill()
    lockDataDir(dir)()
  })
})
