import type { Flow } from '../flow.ts'
import type { ActionContent, FlowMessage, User } from '../types.ts'

/*
 * Who is in a flow. Each change posts the documented message about it.
 * | @see https://github.com/flowdock/api-docs/blob/master/docs/message-types.md#event-action
 */

/** The user joins. Somebody who was blocked cannot. */
export function join(flow: Flow, user: User): void {
  flow.setMember(user, true)
  act(flow, user, { type: 'join', description: '' })
}

/** A member adds a user of the organization. */
export function addUser(flow: Flow, by: User, user: User): void {
  flow.setMember(user, true)
  act(flow, by, { type: 'add_people', description: user.nick })
}

/** The user is in the flow no more, and cannot come back before somebody allows it. */
export function block(flow: Flow, by: User, user: User): void {
  flow.setBlocked(user, true)
  act(flow, by, { type: 'block', description: { user: user.id } })
}

/** The user is in the flow again. No message about it is documented. */
export function unblock(flow: Flow, user: User): void {
  flow.setBlocked(user, false)
}

/** Posts a message about what the user did. */
export function act(flow: Flow, user: User, content: ActionContent): FlowMessage {
  return flow.add({ event: 'action', content, user, uuid: null, tags: [], threadId: null })
}
