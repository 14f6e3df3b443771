import type { MirroredIn } from '../polls/mirrored.ts'
import { counted } from './poll-model.ts'

/** What the templates show of a room in which a poll is mirrored. */
export function mirrorModel({ chat, room, roomUrl, isPaused, waiting }: MirroredIn) {
  return {
    chat: chat.charAt(0).toUpperCase() + chat.slice(1),
    room,
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
