const maxPathLength = 2_000

/**
 * Validates a return path from a form or a link; undefined when it may lead to another site. Browsers read `//host` and
 * `/\host` as another host.
 */
export function ownPath(text: unknown): string | undefined {
  if (typeof text !== 'string' || text.length > maxPathLength) return undefined
  return /^\/(?![/\\])[!-~]*$/.test(text) ? text : undefined
}
