import { setTimeout as sleep } from 'node:timers/promises'
import type { PGlite } from '@electric-sql/pglite'

/**
 * A database that is reopened after a panic, such as a full disk. A PostgreSQL server would end its process and recover
 * from disk. Here the process is ours: locks would stay, and the next statement would wait forever. So every statement
 * fails with the panic until a new database is open.
 *
 * @param pauseMs before each attempt, which blocks the process for a second
 */
export async function openReopening(open: () => Promise<PGlite>, pauseMs = 3_000): Promise<PGlite> {
  let current = await open()
  let isClosed = false
  const reopen = async () => {
    while (!isClosed) {
      await sleep(pauseMs, undefined, { ref: false })
      const next = await open().catch(() => undefined)
      if (!next) continue
      current = rejectAfterPanic(next, reopen)
      if (isClosed) await next.close()
      return
    }
  }
  rejectAfterPanic(current, reopen)
  return new Proxy(current, {
    get(_target, key) {
      if (key === 'close') isClosed = true
      const value = Reflect.get(current, key, current)
      return typeof value === 'function' ? value.bind(current) : value
    },
  })
}

/** @param onPanic called once */
function rejectAfterPanic(pglite: PGlite, onPanic: () => unknown): PGlite {
  const { execProtocolStream, close } = pglite
  let panic: Error | undefined
  pglite.execProtocolStream = async (...given) => {
    if (panic) throw panic
    try {
      return await execProtocolStream.apply(pglite, given)
    } catch (error) {
      if (isPanic(error)) {
        panic = error
        onPanic()
      }
      throw error
    }
  }
  pglite.close = async () => (panic ? undefined : close.call(pglite))
  return pglite
}

function isPanic(error: unknown): error is Error {
  return error instanceof Error && (error as { severity?: string }).severity === 'PANIC'
}
