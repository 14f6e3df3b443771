import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Files and folders have numbers; the data folder is 0. */
export const root = 0

/** A folder gets a name for this file, or loses the name with null. */
export type NameChange = { folder: number; name: string; file: number | null }

/** What a process asked of the disk. The changes of names in one operation, such as a rename, are atomic. */
export type DiskOperation =
  | { type: 'create'; file: number; isFolder: boolean }
  | { type: 'names'; changes: NameChange[] }
  | { type: 'write'; file: number; position: number; bytes: Buffer }
  | { type: 'truncate'; file: number; size: number }
  | { type: 'sync'; file: number }

type DataChange = Extract<DiskOperation, { type: 'write' | 'truncate' }>
type NamesChange = Extract<DiskOperation, { type: 'names' }>
type Folder = Map<string, number>

/**
 * What happened to the changes that were not synced when the power was cut: all are there, none, only some, or some
 * of which a part is missing.
 */
export const fates = ['kept', 'dropped', 'reordered', 'torn'] as const
export type Fate = (typeof fates)[number]

/** Disks write such a sector as a whole; a page of the system's cache has eight. */
const tears = [512, 4_096]

/**
 * The possible contents of a disk after a power cut, as in ALICE (Pillai et al., OSDI 2014). What is synced is there. The rest
 * is there or not, in any combination. A file that is synced has its data, but not its name: that needs a sync of its folder.
 */
export class Disk {
  readonly #folders = new Map<number, Folder>([[root, new Map()]])
  readonly #files = new Map<number, Buffer>()
  readonly #data = new Map<number, DataChange[]>()
  #names: NamesChange[] = []

  apply(operation: DiskOperation): void {
    if (operation.type === 'create') {
      if (operation.isFolder) this.#folders.set(operation.file, new Map())
      else this.#files.set(operation.file, Buffer.alloc(0))
    } else if (operation.type === 'names') this.#names.push(operation)
    else if (operation.type === 'sync') this.#sync(operation.file)
    else this.#pending(operation.file).push(operation)
  }

  #pending(file: number): DataChange[] {
    const known = this.#data.get(file) ?? []
    this.#data.set(file, known)
    return known
  }

  #sync(file: number): void {
    const data = this.#files.get(file)
    if (data) {
      this.#files.set(file, changed(data, this.#data.get(file) ?? []))
      this.#data.delete(file)
    } else {
      const isInFolder = ({ changes }: NamesChange) => changes.some(({ folder }) => folder === file)
      for (const change of this.#names.filter(isInFolder)) rename(this.#folders, change)
      this.#names = this.#names.filter((change) => !isInFolder(change))
    }
  }

  /** Writes what the disk may hold now into this folder. `random` returns a number from 0 to 1. */
  writeTo(path: string, fate: Fate, random: () => number): void {
    const share = fate === 'kept' ? 1 : fate === 'dropped' ? 0 : random()
    const isThere = () => random() < share
    const folders = new Map([...this.#folders].map(([folder, names]) => [folder, new Map(names)]))
    for (const change of this.#names) if (isThere()) rename(folders, change)
    const tear = fate === 'torn' ? (tears[Math.floor(random() * tears.length)] as number) : undefined
    const contents = (file: number) => {
      const kept = (this.#data.get(file) ?? []).filter(isThere)
      const parts = tear ? kept.flatMap((change) => torn(change, tear, random)) : kept
      return changed(this.#files.get(file) ?? Buffer.alloc(0), parts)
    }
    const writeFolder = (folder: number, into: string) => {
      for (const [name, file] of folders.get(folder) ?? []) {
        if (folders.has(file)) {
          mkdirSync(join(into, name), { mode: 0o700 })
          writeFolder(file, join(into, name))
        } else writeFileSync(join(into, name), contents(file), { mode: 0o600 })
      }
    }
    writeFolder(root, path)
  }
}

function rename(folders: Map<number, Folder>, { changes }: NamesChange): void {
  for (const { folder, name, file } of changes) {
    if (file === null) folders.get(folder)?.delete(name)
    else folders.get(folder)?.set(name, file)
  }
}

function changed(data: Buffer, changes: readonly DataChange[]): Buffer {
  if (changes.length === 0) return data
  const sizes = changes.map((one) => (one.type === 'write' ? one.position + one.bytes.length : one.size))
  const room = Buffer.alloc(Math.max(data.length, ...sizes))
  data.copy(room)
  let size = data.length
  for (const change of changes) {
    if (change.type === 'write') {
      change.bytes.copy(room, change.position)
      size = Math.max(size, change.position + change.bytes.length)
    } else {
      room.fill(0, Math.min(size, change.size))
      size = change.size
    }
  }
  return room.subarray(0, size)
}

/** Some of its sectors. The file may have its new size without them. */
function torn(change: DataChange, tear: number, random: () => number): DataChange[] {
  if (change.type === 'truncate') return [change]
  const { file, position, bytes } = change
  const parts: DataChange[] = []
  for (let start = position; start < position + bytes.length; ) {
    const end = Math.min(position + bytes.length, (Math.floor(start / tear) + 1) * tear)
    const part = bytes.subarray(start - position, end - position)
    if (random() < 0.5) parts.push({ type: 'write', file, position: start, bytes: part })
    start = end
  }
  return parts
}
