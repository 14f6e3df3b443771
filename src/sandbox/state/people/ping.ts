import type { Flow } from '../flow.ts'
import type { User } from '../types.ts'

/** The user's client runs, and with `isActive` the user does something. Publishes it for the streams of others. */
export function ping(flow: Flow, user: User, isActive: boolean): void {
  const sent = flow.now()
  if (!flow.presence.note(user, isActive, sent)) return
  const activity = { id: flow.messages.takeId(), user, lastActivity: isActive ? sent : null, sent }
  flow.changes.publish({ flow, kind: 'activity', activity })
}
