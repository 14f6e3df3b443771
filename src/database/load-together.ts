import DataLoader from 'dataloader'

const maxAtOnce = 500

/**
 * Simultaneous loads become one statement: those of one turn of the event loop, at most 500. Nothing is cached.
 *
 * @param load resolves to one value, or error, for each key, in the order of the keys
 */
export function loadTogether<Key, Value>(
  load: (keys: readonly Key[]) => Promise<ArrayLike<Value | Error>>,
): DataLoader<Key, Value> {
  return new DataLoader(load, {
    cache: false,
    maxBatchSize: maxAtOnce,
    batchScheduleFn: (begin) => void setImmediate(begin),
  })
}
