import type { Homeserver } from '../homeserver.ts'
import { clientFields } from '../push/pushed-event.ts'
import type { Requester } from '../request/requester.ts'
import { type Content, type RoomEvent, relationOf } from '../room/event.ts'
import type { Room } from '../room/room.ts'

type Reader = Pick<Requester, 'userId' | 'deviceId'>

/** An event as a client reads it, with the newest edit, the thread and the references in `unsigned`. */
export function clientEvent(homeserver: Homeserver, room: Room, event: RoomEvent, reader: Reader): Content {
  const relations = event.stateKey === undefined ? relationsOf(homeserver, room, event, reader) : {}
  const { unsigned, ...fields } = plainEvent(homeserver, event, reader)
  const bundled = Object.keys(relations).length > 0 ? { 'm.relations': relations } : {}
  return { ...fields, unsigned: { ...(unsigned as Content), ...bundled } }
}

function plainEvent({ clock }: Homeserver, event: RoomEvent, reader: Reader): Content {
  const { transaction, previous, redactedBy, redacts, sender } = event
  const isOwn = sender === reader.userId && transaction?.deviceId === reader.deviceId
  const before = previous && {
    prev_content: previous.content,
    prev_sender: previous.sender,
    replaces_state: previous.id,
  }
  return {
    ...clientFields(event),
    ...(redacts !== undefined && { redacts }),
    unsigned: {
      age: clock() - event.at,
      ...(isOwn && transaction && { transaction_id: transaction.id }),
      ...before,
      ...(redactedBy && { redacted_by: redactedBy.id, redacted_because: clientFields(redactedBy) }),
    },
  }
}

function relationsOf(homeserver: Homeserver, room: Room, event: RoomEvent, reader: Reader): Content {
  const related = room.related(event.id)
  const ofType = (type: string) => related.filter(({ content }) => relationOf(content)?.type === type)
  const edit = newestEdit(event, ofType('m.replace'))
  const references = ofType('m.reference')
  const replies = ofType('m.thread')
  const last = replies.at(-1)
  return {
    ...(edit && { 'm.replace': plainEvent(homeserver, edit, reader) }),
    ...(references.length > 0 && { 'm.reference': { chunk: references.map(({ id }) => ({ event_id: id })) } }),
    ...(last && {
      'm.thread': {
        latest_event: clientEvent(homeserver, room, last, reader),
        count: replies.length,
        current_user_participated: [event, ...replies].some(({ sender }) => sender === reader.userId),
      },
    }),
  }
}

/** Only the sender edits, and the latest time wins. */
function newestEdit({ sender, type }: RoomEvent, edits: RoomEvent[]): RoomEvent | undefined {
  const own = edits.filter((edit) => edit.sender === sender && edit.type === type)
  return own.toSorted((one, other) => one.at - other.at).at(-1)
}
