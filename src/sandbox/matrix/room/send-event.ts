import type { Homeserver } from '../homeserver.ts'
import { badRequest, forbidden, internalError, MatrixError, notFound } from '../matrix-error.ts'
import { checkContent } from './check-content.ts'
import { type Content, type EventTransaction, type RoomEvent, relationOf } from './event.ts'
import { checkLevels } from './power-levels.ts'
import type { Room } from './room.ts'

export type Sending = {
  sender: string
  type: string
  content: Content
  /** Another `origin_server_ts` than now. */
  at?: number | undefined
  transaction?: EventTransaction | undefined
}

/** Sends a message event. */
export function sendEvent(homeserver: Homeserver, room: Room, sending: Sending): RoomEvent {
  const { type, content, sender } = sending
  if (type === 'm.room.member') throw internalError()
  mustBeSender(room, sender)
  checkContent({ ...sending, roomId: room.id })
  checkRelation(room, sending)
  checkPower(room, sending, false)
  if (type !== 'm.room.redaction') return homeserver.addEvent(room, sending)
  return addRedaction(homeserver, room, sending, String(content.redacts))
}

/** Changes the room's state. The same content again changes nothing. */
export function sendState(homeserver: Homeserver, room: Room, sending: Sending & { stateKey: string }): RoomEvent {
  const { type, stateKey, content, sender } = sending
  mustBeSender(room, sender)
  checkContent({ ...sending, roomId: room.id })
  checkPower(room, sending, true)
  if (type === 'm.room.power_levels') checkLevels(room, content)
  if (stateKey.startsWith('@') && stateKey !== sender) throw forbidden('You are not allowed to set others state')
  const now = room.state(type, stateKey)
  if (now && now.sender === sender && JSON.stringify(now.content) === JSON.stringify(content)) return now
  return homeserver.addEvent(room, sending)
}

/** @throws {MatrixError} unless the sender has joined */
export function mustBeSender(room: Room, userId: string): void {
  if (room.membership(userId) !== 'join') throw forbidden(`User ${userId} not in room ${room.id}`)
}

function addRedaction(homeserver: Homeserver, room: Room, sending: Sending, redacts: string): RoomEvent {
  const target = room.event(redacts)
  if (!target) throw notFound(`Could not find event ${redacts}`)
  const isOwn = target.sender === sending.sender
  if (!isOwn && room.power(sending.sender) < room.powerFor('redact')) {
    throw forbidden("You don't have permission to redact events")
  }
  const redaction = homeserver.addEvent(room, { ...sending, redacts })
  if (!target.redactedBy) room.redact(target, redaction)
  return redaction
}

function checkRelation(room: Room, { sender, type, content }: Sending): void {
  const relation = relationOf(content)
  if (!relation) return
  const parent = room.event(relation.to)
  if (!parent && room.related(relation.to).length === 0) throw badRequest("Can't send relation to unknown event")
  if (relation.type === 'm.annotation') {
    if (relation.key === undefined) throw badRequest('Missing aggregation key')
    if (relation.key.length > 500) throw badRequest('Aggregation key is too long')
    const isSame = (one: RoomEvent) => one.sender === sender && one.type === type
    const others = room.related(relation.to).filter(isSame)
    if (others.some((one) => relationOf(one.content)?.key === relation.key)) {
      throw new MatrixError(400, 'M_DUPLICATE_ANNOTATION', "Can't send same reaction twice")
    }
  }
  if (relation.type === 'm.thread' && parent && relationOf(parent.content)) {
    throw badRequest('Cannot start threads from an event with a relation')
  }
}

function checkPower(room: Room, { sender, type }: Sending, isState: boolean): void {
  const [has, needs] = [room.power(sender), room.powerToSend(type, isState)]
  if (has >= needs) return
  throw forbidden(`You don't have permission to post that to the room. user_level (${has}) < send_level (${needs})`)
}
