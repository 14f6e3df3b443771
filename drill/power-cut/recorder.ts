import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { basename, dirname, relative, resolve, sep } from 'node:path'
import { type DiskOperation, type NameChange, root } from './disk.ts'

type Opened = { file: number; position: number }

/** Records what this process asks of the disk within a folder that exists and is empty, by any function of `node:fs` that Polldock or PGlite uses. */
export function recordDisk(folder: string): DiskOperation[] {
  const operations: DiskOperation[] = []
  const recorder = new Recorder(folder, operations)
  recorder.wrapSync()
  recorder.wrapPromises()
  syncBuiltinESMExports()
  return operations
}

class Recorder {
  readonly #folder: string
  readonly #operations: DiskOperation[]
  readonly #files = new Map<string, number>([['', root]])
  readonly #opened = new Map<number, Opened>()
  #count = 0

  constructor(folder: string, operations: DiskOperation[]) {
    this.#folder = resolve(folder)
    this.#operations = operations
  }

  wrapSync(): void {
    const { openSync, closeSync, writeSync, writeFileSync, fsyncSync, mkdirSync } = fs
    const { renameSync, unlinkSync, rmSync, rmdirSync, truncateSync, ftruncateSync, existsSync } = fs
    Object.assign(fs, {
      openSync: (path: string, flags: number | string = 'r', ...rest: unknown[]) => {
        const isThere = existsSync(path)
        const opened = openSync(path, flags, ...(rest as []))
        const key = this.#key(path)
        if (key === undefined) return opened
        if (!isThere) this.#create(key, false)
        const file = this.#fileAt(key)
        const isEmptied = typeof flags === 'number' ? flags & fs.constants.O_TRUNC : flags.startsWith('w')
        if (isThere && isEmptied) this.#add({ type: 'truncate', file, size: 0 })
        this.#opened.set(opened, { file, position: 0 })
        return opened
      },
      closeSync: (opened: number) => {
        this.#opened.delete(opened)
        closeSync(opened)
      },
      writeSync: (
        opened: number,
        buffer: NodeJS.ArrayBufferView,
        offset: number,
        length: number,
        at?: number | null,
      ) => {
        const written = writeSync(opened, buffer, offset, length, at)
        const known = this.#opened.get(opened)
        if (!known) return written
        const position = at ?? known.position
        if (typeof at !== 'number') known.position += written
        const bytes = Buffer.from(Buffer.from(buffer.buffer, buffer.byteOffset + offset, written))
        this.#add({ type: 'write', file: known.file, position, bytes })
        return written
      },
      writeFileSync: (path: string, data: string, ...rest: unknown[]) => {
        writeFileSync(path, data, ...(rest as []))
        const key = this.#key(path)
        if (key !== undefined) this.#writeFile(key, data)
      },
      fsyncSync: (opened: number) => {
        fsyncSync(opened)
        const known = this.#opened.get(opened)
        if (known) this.#add({ type: 'sync', file: known.file })
      },
      ftruncateSync: (opened: number, size = 0) => {
        ftruncateSync(opened, size)
        const known = this.#opened.get(opened)
        if (known) this.#add({ type: 'truncate', file: known.file, size })
      },
      truncateSync: (path: string, size = 0) => {
        truncateSync(path, size)
        const key = this.#key(path)
        if (key !== undefined) this.#add({ type: 'truncate', file: this.#fileAt(key), size })
      },
      mkdirSync: (path: string, ...rest: unknown[]) => {
        const made = mkdirSync(path, ...(rest as []))
        const key = this.#key(path)
        if (key !== undefined) this.#create(key, true)
        return made
      },
      renameSync: (from: string, to: string) => {
        renameSync(from, to)
        this.#rename(from, to)
      },
      unlinkSync: (path: string) => {
        unlinkSync(path)
        this.#remove(path)
      },
      rmSync: (path: string, ...rest: unknown[]) => {
        rmSync(path, ...(rest as []))
        this.#remove(path)
      },
      rmdirSync: (path: string) => {
        rmdirSync(path)
        this.#remove(path)
      },
    })
  }

  wrapPromises(): void {
    const { mkdir, writeFile, link, rm, rename } = fs.promises
    Object.assign(fs.promises, {
      mkdir: async (path: string, ...rest: unknown[]) => {
        const made = await mkdir(path, ...(rest as []))
        const key = this.#key(path)
        if (key !== undefined && !this.#files.has(key)) this.#create(key, true)
        return made
      },
      writeFile: async (path: string, data: string, options?: { flush?: boolean }) => {
        await writeFile(path, data, options)
        const key = this.#key(path)
        if (key === undefined) return
        this.#writeFile(key, data)
        if (options?.flush) this.#add({ type: 'sync', file: this.#fileAt(key) })
      },
      link: async (from: string, to: string) => {
        await link(from, to)
        const [key, source] = [this.#key(to), this.#key(from)]
        if (key === undefined || source === undefined) return
        this.#files.set(key, this.#fileAt(source))
        this.#add({ type: 'names', changes: [this.#name(key, this.#fileAt(source))] })
      },
      rm: async (path: string, ...rest: unknown[]) => {
        await rm(path, ...(rest as []))
        this.#remove(path)
      },
      rename: async (from: string, to: string) => {
        await rename(from, to)
        this.#rename(from, to)
      },
    })
  }

  #add(operation: DiskOperation): void {
    this.#operations.push(operation)
  }

  /** Its path in the folder; undefined outside. */
  #key(path: unknown): string | undefined {
    if (typeof path !== 'string') return undefined
    const inside = relative(this.#folder, resolve(path))
    return inside.startsWith('..') ? undefined : inside
  }

  #fileAt(key: string): number {
    const file = this.#files.get(key)
    if (file === undefined) throw new Error(`The recorder missed how ${key} was made.`)
    return file
  }

  #name(key: string, file: number | null): NameChange {
    const folder = dirname(key)
    return { folder: this.#fileAt(folder === '.' ? '' : folder), name: basename(key), file }
  }

  #create(key: string, isFolder: boolean): void {
    this.#count += 1
    const file = this.#count
    this.#add({ type: 'create', file, isFolder })
    this.#add({ type: 'names', changes: [this.#name(key, file)] })
    this.#files.set(key, file)
  }

  #writeFile(key: string, data: string): void {
    if (this.#files.has(key)) this.#add({ type: 'truncate', file: this.#fileAt(key), size: 0 })
    else this.#create(key, false)
    const bytes = Buffer.from(data)
    if (bytes.length > 0) this.#add({ type: 'write', file: this.#fileAt(key), position: 0, bytes })
  }

  #rename(from: string, to: string): void {
    const [source, target] = [this.#key(from), this.#key(to)]
    if (source === undefined || target === undefined) return
    const changes = [this.#name(target, this.#fileAt(source)), this.#name(source, null)]
    this.#add({ type: 'names', changes })
    for (const [key, file] of [...this.#files]) {
      if (key !== source && !key.startsWith(source + sep)) continue
      this.#files.delete(key)
      this.#files.set(target + key.slice(source.length), file)
    }
  }

  #remove(path: string): void {
    const removed = this.#key(path)
    if (removed === undefined || !this.#files.has(removed)) return
    this.#add({ type: 'names', changes: [this.#name(removed, null)] })
    for (const key of [...this.#files.keys()]) {
      if (key === removed || key.startsWith(removed + sep)) this.#files.delete(key)
    }
  }
}
