import DataLoader from 'dataloader'
import { LRUCache } from 'lru-cache'
import type { PersonName } from '../../../people/model/person-name.ts'
import { inOneLine } from '../../http/answers.ts'
import { NetworkError } from '../../http/chat-http.ts'
import { MatrixError } from '../homeserver.ts'
import { localpartOf, matrixChat } from '../ids.ts'
import type { MatrixChat } from '../matrix-chat.ts'
import type { Receiving } from './receiving.ts'

const maxNames = 10_000
const maxNameLength = 200
const nameForMs = 600_000
/** For more names of a room, all its members are read at once: each request would take the homeserver as long. */
const maxNamesAlone = 3

/**
 * The person of an account: who has linked it, or else somebody who is known by it alone, and gets it with the link. The
 * whole id of the account identifies it, which its homeserver has checked. A display name proves nothing.
 */
export async function personOf({ services, nameOf }: Receiving, room: string, account: string): Promise<PersonName> {
  return services.chatAccounts.authorOf({ chat: matrixChat, accountId: account }, () => nameOf(room, account))
}

type Member = { room: string; account: string }
type Names = (readonly [key: string, name: string])[]

/** Finds the display name that an account has in a room, or else the part of its id before the colon. */
export function nameFinder({ rooms }: Pick<MatrixChat, 'rooms'>): Receiving['nameOf'] {
  const names = new LRUCache<string, string>({ max: maxNames, ttl: nameForMs })
  const unknown = new DataLoader(findAll, { cache: false })
  return async (room, account) => {
    const name = names.get(keyOf({ room, account })) ?? (await unknown.load({ room, account }))
    return name || localpartOf(account)
  }

  /** Names that are asked for at the same time are read together. */
  async function findAll(asked: readonly Member[]): Promise<(string | undefined)[]> {
    const byRoom = [...Map.groupBy(asked, ({ room }) => room)]
    const read = (await Promise.all(byRoom.map(([room, some]) => namesIn(room, some)))).flat()
    const found = new Map(read.map(([key, name]) => [key, inOneLine(name, maxNameLength)]))
    for (const [key, name] of found) names.set(key, name)
    return asked.map((one) => found.get(keyOf(one)))
  }

  /** A vote does not wait for a homeserver that does not answer. */
  async function namesIn(room: string, some: readonly Member[]): Promise<Names> {
    try {
      if (some.length > maxNamesAlone) return await allNames(room)
      return (await Promise.all(some.map(nameAlone))).flat()
    } catch (error) {
      if (error instanceof MatrixError || error instanceof NetworkError) return []
      throw error
    }
  }

  async function allNames(room: string): Promise<Names> {
    const members = [...(await rooms.joinedMembers(room))]
    return members.flatMap(([account, name]) => (name === undefined ? [] : [[keyOf({ room, account }), name] as const]))
  }

  async function nameAlone(one: Member): Promise<Names> {
    const name = (await rooms.member(one.room, one.account))?.displayname
    return name === undefined ? [] : [[keyOf(one), name]]
  }
}

function keyOf({ room, account }: Member): string {
  return `${room} ${account}`
}
