import { type ChatSetting, chatSettingsOf } from '../chat.ts'

/** What people choose for the connection of a room. */
export const matrixSettings = [
  {
    name: 'nativePolls',
    label: 'People vote in polls of Matrix',
    hint: 'if the results are shown, and the bot is a moderator',
    initial: true,
  },
  {
    name: 'createPolls',
    label: 'People create polls in the room',
    hint: 'by writing !poll, or by starting a poll of Matrix',
    initial: true,
  },
] as const satisfies readonly ChatSetting[]

export type MatrixSettings = Record<(typeof matrixSettings)[number]['name'], boolean>

/** @param stored those of a connection */
export function matrixSettingsOf(stored: unknown): MatrixSettings {
  return chatSettingsOf({ settings: matrixSettings }, stored) as MatrixSettings
}
