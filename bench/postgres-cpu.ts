import { readdirSync, readFileSync } from 'node:fs'

const msPerTick = 10

/** Milliseconds of a processor that PostgreSQL has used so far, all its processes together; from Linux's /proc. */
export function postgresCpuMs(postmaster: number): number {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => usage(pid, postmaster))
    .reduce((sum, ms) => sum + ms, 0)
}

function usage(pid: string, postmaster: number): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    // The fields after the command's name, see proc_pid_stat(5); the postmaster's include those of ended children.
    const fields = stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number)
    const [parent = 0, user = 0, system = 0, childUser = 0, childSystem = 0] = [1, 11, 12, 13, 14].map((n) => fields[n])
    if (Number(pid) === postmaster) return (user + system + childUser + childSystem) * msPerTick
    return parent === postmaster ? (user + system) * msPerTick : 0
  } catch {
    return 0
  }
}
