import { type Scope, scopes } from '../identity.ts'

/** What a request gets that names no scope. */
const initial: Scope[] = ['flow', 'private']

/**
 * The scopes of a space-separated list, each once.
 *
 * @returns undefined when one of them does not exist
 */
export function readScopes(list: string | undefined): ReadonlySet<Scope> | undefined {
  const names = list?.split(' ').filter(Boolean) ?? []
  if (!names.every(isScope)) return
  return new Set(names.length > 0 ? names : initial)
}

function isScope(name: string): name is Scope {
  return (scopes as readonly string[]).includes(name)
}
