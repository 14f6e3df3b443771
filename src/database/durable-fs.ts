import { closeSync, fsyncSync, openSync, readdirSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { PGlite } from '@electric-sql/pglite'
import { NodeFS } from '@electric-sql/pglite/nodefs'

/**
 * PGlite starts PostgreSQL with `-F`, which means without fsync. And its `fdatasync`, the default for PostgreSQL's log,
 * does nothing. All shared buffers, by default 128 MB, are in memory from the start: the file cache of the operating system
 * is as near.
 */
export const durableStartParams = [
  ...PGlite.defaultStartParams.filter((param) => param !== '-F'),
  ...['-c', 'wal_sync_method=fsync'],
  ...['-c', 'shared_buffers=32MB'],
]

/** The parts of Emscripten's file system that have no types. */
type FileNode = { parent: FileNode; hasNewName?: boolean }
type NodeFSModule = {
  node_ops: { mknod(...given: unknown[]): FileNode }
  stream_ops: { fsync?(stream: { nfd: number; node: FileNode }): number }
  realPath(node: FileNode): string
  tryFSOperation(operation: () => void): void
}

/** PGlite's folder on disk, where PostgreSQL's fsync reaches the disk. In the original it does nothing. */
export class DurableFS extends NodeFS {
  constructor(dataDir: string) {
    super(dataDir)
    // PostgreSQL does not start with an empty lock file, which a crash in an earlier start leaves. Polldock has its own lock.
    rmSync(join(dataDir, 'postmaster.pid'), { force: true })
  }

  override async init(...given: Parameters<NodeFS['init']>): ReturnType<NodeFS['init']> {
    const { emscriptenOpts } = await super.init(...given)
    const addSyncs = ({ NODEFS }: { NODEFS: unknown }) => addFsync(NODEFS as NodeFSModule)
    return { emscriptenOpts: { ...emscriptenOpts, preRun: [...(emscriptenOpts.preRun ?? []), addSyncs] } }
  }
}

/**
 * PostgreSQL relies on file systems that keep the name of a new file when the file is synced. Not all do, so its folder
 * is synced, too.
 */
function addFsync(fs: NodeFSModule): void {
  const { mknod } = fs.node_ops
  fs.node_ops.mknod = (...given) => Object.assign(mknod(...given), { hasNewName: true })
  fs.stream_ops.fsync = ({ nfd, node }) => {
    fs.tryFSOperation(() => {
      fsyncSync(nfd)
      if (node.hasNewName) sync(fs.realPath(node.parent))
      node.hasNewName = false
    })
    return 0
  }
}

/** Waits until the disk has the name of this file or folder. */
export function syncFolderOf(path: string): void {
  sync(dirname(path))
}

/** Waits until the disk has everything in this folder. */
export function syncTree(folder: string): void {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) syncTree(path)
    else if (entry.isFile()) sync(path)
  }
  sync(folder)
}

function sync(path: string): void {
  const file = openSync(path, 'r')
  try {
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}
