/**
 * A person as others see them. `isSignedIn` says that they have signed in with a chat. Without it they are a guest, who
 * is marked as one wherever the name is shown: guests call themselves what they like.
 */
export type PersonName = { id: string; name: string; isSignedIn?: true }

/** The name in plain text, which says it of a guest. */
export function markedName({ name, isSignedIn }: Pick<PersonName, 'name' | 'isSignedIn'>): string {
  return isSignedIn ? name : `${name} (guest)`
}

/** With what a row says of whether they have signed in. */
export function personFrom({ id, name, isSignedIn }: { id: string; name: string; isSignedIn: boolean }): PersonName {
  return isSignedIn ? { id, name, isSignedIn } : { id, name }
}
