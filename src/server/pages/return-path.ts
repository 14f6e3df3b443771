const maxPathLength = 2_000

/**
 * Validates a return path from a form or a link; undefined when it may lead to another site. Browsers read `//host` and
 * `/\host` as another host.
 */
export function ownPath(text: unknown): string | undefined {
  if (typeof text !== 'string' || text.length > maxPathLength) return undefined
  return /^\/(?![/\\])[!-~]*$/.test(text) ? text : undefined
}

/** Where "Sign in with Flowdock" leads, to come back to this path. */
export function signInPath(back: string): string {
  return `/auth/flowdock?${new URLSearchParams({ back })}`
}
