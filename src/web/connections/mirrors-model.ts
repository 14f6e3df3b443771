import { counted } from '../../polls/model/phrases.ts'
import type { MirroredIn } from '../../polls/queries/viewer-snapshot.ts'

const roomsShown = 10

/** A poll's mirrors as the templates show them. */
export function mirrorsModel(mirrors: readonly MirroredIn[]) {
  return { rooms: mirrors.slice(0, roomsShown).map(roomModel), more: Math.max(0, mirrors.length - roomsShown) }
}

function roomModel(mirrored: MirroredIn) {
  const { chat, room, roomUrl, isPaused, waiting } = mirrored
  return {
    chat: chat.charAt(0).toUpperCase() + chat.slice(1),
    name: room,
    // The URL comes from the chat: link it only if it is http(s).
    href: roomUrl && /^https?:\/\//i.test(roomUrl) ? roomUrl : undefined,
    state: stateOf(mirrored),
    isBehind: waiting > 0 && !isPaused,
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
