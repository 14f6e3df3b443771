import { z } from 'zod'
import type { MatrixRooms } from './rooms.ts'

const level = z.int()
const powerLevels = z.object({
  users: z.record(z.string(), level).catch({}).default({}),
  users_default: level.catch(0).default(0),
  state_default: level.catch(50).default(50),
  events: z.record(z.string(), level).catch({}).default({}),
  events_default: level.catch(0).default(0),
  redact: level.catch(50).default(50),
  invite: level.catch(0).default(0),
})

type PowerLevels = z.output<typeof powerLevels>

/** Undefined when they cannot be read. A room without power levels has those of the specification. */
async function levelsOf(rooms: MatrixRooms, room: string, signal?: AbortSignal): Promise<PowerLevels | undefined> {
  return powerLevels.safeParse((await rooms.state(room, 'm.room.power_levels', '', signal)) ?? {}).data
}

function powerOf(account: string, { users, users_default: others }: PowerLevels): number {
  return users[account] ?? others
}

function neededFor(type: string, { events, events_default: others }: PowerLevels): number {
  return events[type] ?? others
}

/**
 * Whether an account may send messages to a room whose state has these power levels.
 *
 * @returns undefined when they cannot be read
 */
export function maySendMessages(content: unknown, account: string): boolean | undefined {
  const { data } = powerLevels.safeParse(content)
  return data && powerOf(account, data) >= neededFor('m.room.message', data)
}

/**
 * Whether an account may change the settings of a room, which is the power to send its state. From room version 12 on, the
 * creators of a room are not among its power levels: they may do everything.
 *
 * @throws {MatrixError}
 * @throws {NetworkError}
 */
export async function maySendState(
  rooms: MatrixRooms,
  room: string,
  account: string,
  signal?: AbortSignal,
): Promise<boolean> {
  const levels = await levelsOf(rooms, room, signal)
  if (levels && powerOf(account, levels) >= levels.state_default) return true
  return (await rooms.creators(room, signal)).includes(account)
}

/**
 * Whether the bot can run native polls in a room: it has to post and end them, to redact what others vote, and to bring in
 * accounts that stand for people, who have to be allowed to vote.
 *
 * @throws {MatrixError}
 * @throws {NetworkError}
 */
export async function mayRunPolls(
  rooms: MatrixRooms,
  room: string,
  { bot, types }: { bot: string; types: { start: string; response: string; end: string } },
  signal?: AbortSignal,
): Promise<boolean> {
  const levels = await levelsOf(rooms, room, signal)
  if (!levels || levels.users_default < neededFor(types.response, levels)) return false
  const own = powerOf(bot, levels)
  const needed = Math.max(levels.redact, neededFor(types.start, levels), neededFor(types.end, levels))
  if (own >= Math.max(needed, levels.invite)) return true
  const rules = own >= needed && (await rooms.state(room, 'm.room.join_rules', '', signal))
  if (isPublic.safeParse(rules).success) return true
  return (await rooms.creators(room, signal)).includes(bot)
}

/**
 * Whether an account may redact what others sent to a room.
 *
 * @throws {MatrixError}
 * @throws {NetworkError}
 */
export async function mayRedact(
  rooms: MatrixRooms,
  room: string,
  account: string,
  signal?: AbortSignal,
): Promise<boolean> {
  const levels = await levelsOf(rooms, room, signal)
  if (levels && powerOf(account, levels) >= levels.redact) return true
  return (await rooms.creators(room, signal)).includes(account)
}

const isPublic = z.object({ join_rule: z.literal('public') })
