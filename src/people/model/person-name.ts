/**
 * A person as others see them. Without `isSignedIn` they have not signed in with a chat. Then `chat` is the key of the chat
 * that has checked their account, in which alone they act. All others are guests. A guest can take any name, so every page
 * marks guests.
 */
export type PersonName = { id: string; name: string; isSignedIn?: true; chat?: string }

/** The name in plain text, marked for people who have not signed in. */
export function markedName({ name, isSignedIn, chat }: Pick<PersonName, 'name' | 'isSignedIn' | 'chat'>): string {
  return isSignedIn ? name : `${name} (${chat === undefined ? 'guest' : chatName(chat)})`
}

/** The name of a chat, also of one that is no longer configured. */
export function chatName(chat: string): string {
  return chat.charAt(0).toUpperCase() + chat.slice(1)
}

type PersonRow = { id: string; name: string; isSignedIn: boolean; chat?: string | null }

/** From a database row, where `isSignedIn` is a boolean. */
export function personFrom({ id, name, isSignedIn, chat }: PersonRow): PersonName {
  if (isSignedIn) return { id, name, isSignedIn }
  return chat ? { id, name, chat } : { id, name }
}
