import type { Content, RoomEvent } from '../room/event.ts'

/** An event in the form of a transaction, with a few old fields that Synapse still sends. */
export function pushedEvent(event: RoomEvent, now: number): Content {
  const { previous, inviteState, redactedBy, redacts } = event
  const before = previous && { prev_content: previous.content, replaces_state: previous.id }
  const invited = inviteState && { invite_room_state: inviteState }
  return {
    ...clientFields(event),
    age: now - event.at,
    user_id: event.sender,
    ...(redacts !== undefined && { redacts }),
    ...before,
    ...invited,
    unsigned: {
      age: now - event.at,
      ...(before && { ...before, prev_sender: previous?.sender }),
      ...invited,
      ...(redactedBy && { redacted_by: redactedBy.id, redacted_because: pushedEvent(redactedBy, now) }),
    },
  }
}

/** The fields that an event has in every form. */
export function clientFields({ id, roomId, type, sender, content, at, stateKey }: RoomEvent): Content {
  const state = stateKey === undefined ? {} : { state_key: stateKey }
  return { event_id: id, room_id: roomId, type, sender, content, origin_server_ts: at, ...state }
}
