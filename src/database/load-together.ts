import { setTimeout as sleep } from 'node:timers/promises'
import DataLoader from 'dataloader'
import { unavailability } from './failures.ts'

const maxAtOnce = 500

type Load<Key, Value> = (keys: readonly Key[]) => Promise<ArrayLike<Value | Error>>

/**
 * Simultaneous loads become one statement: those of one turn of the event loop, at most 500. Nothing is cached. A key
 * whose rows cannot be read fails alone.
 *
 * @param load resolves to one value, or error, for each key, in the order of the keys
 */
export function loadTogether<Key, Value>(load: Load<Key, Value>): DataLoader<Key, Value> {
  return new DataLoader((keys) => load(keys).catch((error) => loadAlone(load, keys, error)), {
    cache: false,
    maxBatchSize: maxAtOnce,
    batchScheduleFn: (begin) => void setImmediate(begin),
  })
}

/** @throws `error`, which the load of all keys gave, if there is one key or the database does not answer */
async function loadAlone<Key, Value>(
  load: Load<Key, Value>,
  keys: readonly Key[],
  error: unknown,
): Promise<(Value | Error)[]> {
  if (keys.length === 1 || unavailability(error)) throw error
  const loads = keys.map(async (key) => (await load([key]))[0] as Value | Error)
  return Promise.all(loads.map((one) => one.catch((failure: Error) => failure)))
}

/**
 * Like `loadTogether`, for changes: each commit waits for the disk. One statement runs at a time, and the next starts
 * `pauseMs` after its end, with all changes that came meanwhile. After a longer pause, a change does not wait.
 */
export function changeTogether<Key, Value>(change: Load<Key, Value>, pauseMs: number): DataLoader<Key, Value> {
  let last: Promise<unknown> = Promise.resolve()
  const changeNow = (keys: readonly Key[]) => {
    const changed = change(keys)
    last = changed.catch(() => {}).then(() => sleep(pauseMs))
    return changed
  }
  const schedule = (begin: () => void) => void last.then(() => setImmediate(begin))
  return new DataLoader(changeNow, { cache: false, maxBatchSize: maxAtOnce, batchScheduleFn: schedule })
}
