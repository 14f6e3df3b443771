import type { Chat } from '../../chat/chat.ts'
import { chatName } from '../../people/model/person-name.ts'
import { counted } from '../../polls/model/phrases.ts'
import type { Poll } from '../../polls/model/poll.ts'
import type { MirroredIn } from '../../polls/queries/viewer-snapshot.ts'
import { isCreator } from '../../polls/rules/permissions.ts'

const roomsShown = 10

/** A poll's mirrors as the templates show them. @param hasState whether to say how far behind they are */
export function mirrorsModel(mirrors: readonly MirroredIn[], hasState = true) {
  const rooms = mirrors.slice(0, roomsShown).map((one) => roomModel(one, hasState))
  return { rooms, more: Math.max(0, mirrors.length - roomsShown) }
}

/**
 * The places in which a poll is shown, for people who may not read the names of rooms: "the team chat", and "another program"
 * where nobody can vote or write.
 */
export function unnamedPlaces(
  mirrors: readonly Pick<MirroredIn, 'chat'>[],
  chats: ReadonlyMap<string, Chat>,
): string[] {
  const isOneWay = ({ chat }: Pick<MirroredIn, 'chat'>) => chats.get(chat)?.description.isOneWay ?? false
  return [...(mirrors.every(isOneWay) ? [] : ['the team chat']), ...(mirrors.some(isOneWay) ? ['another program'] : [])]
}

type Viewer = { person: { id: string } | undefined; isSignedIn: boolean }

/**
 * The mirrors that a viewer may see: guests none, as the names of rooms are internal; people who have signed in their
 * names; the creator also how far behind they are.
 */
export function mirrorsFor(mirrors: readonly MirroredIn[], poll: Poll, { person, isSignedIn }: Viewer) {
  return mirrorsModel(isSignedIn ? mirrors : [], isCreator(poll, person))
}

function roomModel(mirrored: MirroredIn, hasState: boolean) {
  const { chat, room, roomUrl, isPaused, waiting } = mirrored
  return {
    chat: chatName(chat),
    name: room,
    // The URL comes from the chat: link it only if it is http(s).
    href: roomUrl && /^https?:\/\//i.test(roomUrl) ? roomUrl : undefined,
    state: hasState ? stateOf(mirrored) : undefined,
    isBehind: hasState && waiting > 0 && !isPaused,
  }
}

function stateOf({ isPaused, hasEnded, isFailing, waiting, refused }: MirroredIn): string {
  if (hasEnded) return 'no longer connected'
  const behind = waiting > 0 ? `${counted(waiting, 'update')} waiting` : 'up to date'
  const state = isPaused ? `paused, ${behind}` : isFailing && waiting > 0 ? `delayed, ${behind}` : behind
  if (refused === 0) return state
  const lost = `${counted(refused, 'message')} ${refused === 1 ? 'was' : 'were'} rejected`
  return `${state}, ${waiting > 0 ? 'and' : 'but'} ${lost}`
}
