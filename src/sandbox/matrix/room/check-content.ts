import { badJson, badRequest, internalError, tooLarge } from '../matrix-error.ts'
import { type Content, isObject } from './event.ts'

/** In bytes, of the whole event as it is stored. */
const maxEventBytes = 65_536
/** What hashes, signatures and references to other events take of it, about. */
const envelopeBytes = 560
const maxNameLength = 255

type Unchecked = { type: string; sender: string; roomId: string; content: Content; stateKey?: string | undefined }

/** @throws {MatrixError} for content that no event can have */
export function checkContent({ type, sender, roomId, content, stateKey }: Unchecked): void {
  checkValue(content)
  if (type === 'm.room.message') checkMessage(content)
  if (type.length > maxNameLength) throw tooLarge("'type' too large")
  if (stateKey !== undefined && stateKey.length > maxNameLength) throw tooLarge("'state_key' too large")
  const stored = JSON.stringify({ type, sender, room_id: roomId, content, state_key: stateKey })
  if (Buffer.byteLength(stored) + envelopeBytes > maxEventBytes) throw tooLarge('event too large')
}

function checkMessage(content: Content): void {
  for (const field of ['body', 'msgtype']) {
    if (!(field in content)) throw badRequest(`'${field}' not in content`)
    if (typeof content[field] !== 'string') throw badRequest(`'${field}' not a string type`)
  }
}

/** Numbers are whole. Half of a surrogate pair cannot be stored, and is an internal error in Synapse, too. */
function checkValue(value: unknown): void {
  if (typeof value === 'string' && !value.isWellFormed()) throw internalError()
  if (typeof value === 'number' && !Number.isInteger(value)) throw badJson('Bad JSON value: float')
  if (typeof value === 'number' && !Number.isSafeInteger(value)) throw badJson('JSON integer out of range')
  if (Array.isArray(value)) value.forEach(checkValue)
  if (isObject(value)) for (const [name, one] of Object.entries(value)) [name, one].forEach(checkValue)
}
