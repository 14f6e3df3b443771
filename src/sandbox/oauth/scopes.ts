import { type Scope, scopes } from '../identity.ts'

/** The scopes of a request that names none. */
const initial: Scope[] = ['flow', 'private']

/**
 * Parses a space-separated list.
 * | @returns undefined if one of the scopes does not exist
 */
export function readScopes(list: string | undefined): ReadonlySet<Scope> | undefined {
  const names = list?.split(' ').filter(Boolean) ?? []
  if (!names.every(isScope)) return
  return new Set(names.length > 0 ? names : initial)
}

function isScope(name: string): name is Scope {
  return (scopes as readonly string[]).includes(name)
}
