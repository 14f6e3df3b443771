/** What many values share. */
const shared = new Set(['user', 'source', 'file'])

/** The memory of a message or thread, in characters, about: the length of its texts, and a little for everything else. */
export function textSize(value: unknown): number {
  if (typeof value === 'string') return value.length + 8
  if (typeof value !== 'object' || value === null) return 8
  const own = Object.entries(value).filter(([key]) => !shared.has(key))
  return own.reduce((sum, [, inner]) => sum + textSize(inner), 16)
}
