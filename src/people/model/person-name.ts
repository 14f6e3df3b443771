/**
 * A person as others see them. Without `isSignedIn` they have not signed in with a chat and are a guest. A guest can take
 * any name, so every page marks guests.
 */
export type PersonName = { id: string; name: string; isSignedIn?: true }

/** The name in plain text, marked for a guest. */
export function markedName({ name, isSignedIn }: Pick<PersonName, 'name' | 'isSignedIn'>): string {
  return isSignedIn ? name : `${name} (guest)`
}

/** From a database row, where `isSignedIn` is a boolean. */
export function personFrom({ id, name, isSignedIn }: { id: string; name: string; isSignedIn: boolean }): PersonName {
  return isSignedIn ? { id, name, isSignedIn } : { id, name }
}
