/** What many values share. */
const shared: ReadonlySet<string> = new Set(['user', 'source', 'file'])
const none: ReadonlySet<string> = new Set()

/** The memory of a message or thread, in characters, about: the length of its texts, and a little for everything else. */
export function textSize(value: unknown): number {
  return size(value, shared)
}

function size(value: unknown, skipped: ReadonlySet<string>): number {
  if (typeof value === 'string') return value.length + 8
  if (typeof value !== 'object' || value === null) return 8
  const own = Object.entries(value).filter(([key]) => !skipped.has(key))
  // In actions, the sender chooses the keys.
  return own.reduce((sum, [key, inner]) => sum + size(inner, key === 'actions' ? none : skipped), 16)
}
