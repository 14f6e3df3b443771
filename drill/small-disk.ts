import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { promisify } from 'node:util'
import type { DrillSite } from './site.ts'

const run = promisify(execFile)

export type SmallDisk = {
  /** The mount point, for processes in its namespace. */
  folder: string
  /** The command prefix that runs a command in its namespace. */
  wrapper: string[]
  /** In MiB. */
  used(): Promise<number>
  resize(mebibytes: number): Promise<void>
}

/**
 * A file system of limited size, in memory, in a mount namespace of its own: nobody else sees it, and it is gone with
 * the last process in it, however that ends.
 *
 * @returns undefined without the right to mount
 */
export async function mountSmallDisk(site: DrillSite, mebibytes: number): Promise<SmallDisk | undefined> {
  const folder = await site.folder()
  const mount = `mount -t tmpfs -o size=${mebibytes}m tmpfs "$0" && echo mounted && exec cat`
  // `cat` ends when this process does, whose end of the pipe closes.
  const holder = spawn('unshare', ['--map-root-user', '--mount', '--', 'sh', '-c', mount, folder])
  holder.on('error', () => {})
  const [first] = await Promise.race([once(holder.stdout, 'data'), once(holder, 'close').catch(() => [])])
  if (!Buffer.isBuffer(first)) return undefined
  site.defer(() => holder.kill())
  const wrapper = ['nsenter', '-t', String(holder.pid), '--user', '--mount', '--preserve-credentials', '--']
  const inside = async (command: string, ...args: string[]) => {
    const [nsenter, ...rest] = wrapper
    const { stdout } = await run(nsenter as string, [...rest, command, ...args])
    return stdout
  }
  return {
    folder,
    wrapper,
    used: async () => Number((await inside('df', '-m', '--output=used', folder)).split('\n')[1]),
    resize: async (size) => void (await inside('mount', '-o', `remount,size=${size}m`, folder)),
  }
}
