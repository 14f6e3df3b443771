import { setTimeout as sleep } from 'node:timers/promises'
import type { PGlite } from '@electric-sql/pglite'

/**
 * A database that is opened anew after a panic, as when the disk is too full for its log. PostgreSQL ends its process
 * then and recovers from what is on the disk. Here its process is ours: what it had locked would stay locked, and the
 * next statement would wait for that forever, and everything else with it. So nothing more is asked of it, every
 * statement fails with the panic, until another has been opened in its place.
 *
 * @param pauseMs before each try to open another, which takes a second of the process's time
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

/** @param onPanic told once */
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
