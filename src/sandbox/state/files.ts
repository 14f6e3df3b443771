import { randomBytes } from 'node:crypto'
import { imageSize } from 'image-size'
import type { Limits } from './limits.ts'
import type { StoredFile } from './types.ts'

/** A file as somebody sends it. The name and the type are what the sender says. */
export type SentFile = { name: string; contentType: string; data: Buffer }

/** Charged for each file, in bytes, so empty files are bounded, too. */
const overhead = 1_024
const maxNameLength = 100
/** In bytes. The size of a picture is at its beginning. To search all of a large file would stop the server. */
const maxHead = 64 * 1024

/** The uploaded files of all flows, in memory only. The oldest are deleted first, also while their messages are kept. */
export class Files {
  /** In bytes. */
  readonly maxSize: number
  readonly #data = new Map<string, { file: StoredFile; data: Buffer }>()
  readonly #limit: number
  #total = 0

  constructor({ fileSize, allFiles }: Pick<Limits, 'fileSize' | 'allFiles'>) {
    this.maxSize = fileSize
    this.#limit = allFiles
  }

  add(flowId: string, { name, contentType, data }: SentFile): StoredFile {
    const id = randomBytes(16).toString('hex')
    const image = pictureTypes.has(contentType) ? sizeOf(data) : undefined
    const file = { id, flowId, name: safeName(name), contentType, size: data.length, image }
    this.#data.set(id, { file, data })
    this.#total += data.length + overhead
    for (const { file: oldest } of this.#data.values()) {
      if (this.#total <= this.#limit) break
      this.remove(oldest)
    }
    return file
  }

  /** Undefined for an unknown or deleted file. */
  get(id: string): { file: StoredFile; data: Buffer } | undefined {
    return this.#data.get(id)
  }

  remove({ id, size }: StoredFile): void {
    if (this.#data.delete(id)) this.#total -= size + overhead
  }
}

/** Pictures that hold no scripts. All other types, HTML and SVG among them, are served as bytes without a meaning. */
export const pictureTypes: ReadonlySet<string> = new Set(['image/png', 'image/jpeg', 'image/gif', 'image/webp'])

function sizeOf(data: Buffer): StoredFile['image'] {
  try {
    const { width, height } = imageSize(data.subarray(0, maxHead))
    return { width, height }
  } catch {
    return // It is no picture.
  }
}

/** Without folders and control characters, so it is safe in a path, in a header and on a disk. */
function safeName(name: string): string {
  const base = name.toWellFormed().split(/[/\\]/).at(-1) ?? ''
  // Control and format characters, such as those that reverse the direction of text and hide the ending.
  const printable = base.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '').trim()
  const short = [...printable].slice(0, maxNameLength).join('')
  return /^\.*$/.test(short) ? 'file' : short
}
