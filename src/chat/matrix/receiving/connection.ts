import { matrixChat } from '../ids.ts'
import { type MatrixSettings, matrixSettingsOf } from '../settings.ts'
import type { Receiving } from './receiving.ts'

export type RoomConnection = {
  id: string
  status: string
  categories: string[]
  settings: MatrixSettings
}

/** The connection of a room, the oldest of several; undefined if the room is not connected. */
export async function connectionOf(
  { services }: Pick<Receiving, 'services'>,
  room: string,
): Promise<RoomConnection | undefined> {
  const [connection] = await services.connections.inRoom(matrixChat, room)
  return connection && { ...connection, settings: matrixSettingsOf(connection.chatSettings) }
}
