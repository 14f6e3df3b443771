import { AsyncLocalStorage } from 'node:async_hooks'
import pg from 'pg'

/** A statement, and the number of its transaction; undefined for a statement without one. */
export type RecordedStatement = { text: string; transaction: number | undefined }

/**
 * What `work` sends to PostgreSQL, by whichever library.
 *
 * @param withJobs also what background jobs send meanwhile
 */
export async function recordStatements(work: () => Promise<void>, withJobs = false): Promise<RecordedStatement[]> {
  const recorded: RecordedStatement[] = []
  const context = new AsyncLocalStorage<boolean>()
  const open = new WeakMap<pg.Client, number>()
  let transactions = 0
  const { prototype } = pg.Client
  const { query } = prototype
  prototype.query = function (this: pg.Client, ...parameters: unknown[]) {
    const [first] = parameters as [string | { text: string }]
    const text = typeof first === 'string' ? first : first.text
    if (/^BEGIN/i.test(text)) {
      transactions += 1
      open.set(this, transactions)
    }
    if (withJobs || context.getStore()) recorded.push({ text, transaction: open.get(this) })
    if (/^(COMMIT|ROLLBACK)/i.test(text)) open.delete(this)
    return Reflect.apply(query, this, parameters)
  } as typeof query
  try {
    await context.run(true, work)
  } finally {
    prototype.query = query
  }
  return recorded
}
