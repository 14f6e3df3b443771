const maxPathLength = 2_000

/**
 * A path of Polldock's own to return to, as a form or a link names it; undefined for whatever may lead elsewhere.
 * Browsers read `//host` and `/\host` as another host.
 */
export function ownPath(text: unknown): string | undefined {
  if (typeof text !== 'string' || text.length > maxPathLength) return undefined
  return /^\/(?![/\\])[!-~]*$/.test(text) ? text : undefined
}

/** Where "Sign in with Flowdock" leads, to come back to this path. */
export function signInPath(back: string): string {
  return `/auth/flowdock?${new URLSearchParams({ back })}`
}
