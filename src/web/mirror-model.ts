import type { MirroredIn } from '../polls/mirrored.ts'
import { counted } from './poll-model.ts'

const roomsShown = 10

/** What the templates show of where a poll is mirrored. */
export function mirrorsModel(mirrors: readonly MirroredIn[]) {
  return { rooms: mirrors.slice(0, roomsShown).map(roomModel), more: Math.max(0, mirrors.length - roomsShown) }
}

function roomModel({ chat, room, roomUrl, isPaused, waiting }: MirroredIn) {
  return {
    chat: chat.charAt(0).toUpperCase() + chat.slice(1),
    name: room,
    // The chat's own word for where it is.
    href: roomUrl && /^https?:\/\//i.test(roomUrl) ? roomUrl : undefined,
    state: stateOf(isPaused, waiting),
    isBehind: waiting > 0 && !isPaused,
  }
}

function stateOf(isPaused: boolean, waiting: number): string {
  const behind = waiting > 0 ? `${counted(waiting, 'update')} waiting` : 'up to date'
  return isPaused ? `paused, ${behind}` : behind
}
