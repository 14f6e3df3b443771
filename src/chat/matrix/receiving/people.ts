import { LRUCache } from 'lru-cache'
import { z } from 'zod'
import type { PersonName } from '../../../people/model/person-name.ts'
import { inOneLine } from '../../http/answers.ts'
import { NetworkError } from '../../http/chat-http.ts'
import { MatrixError } from '../homeserver.ts'
import { matrixChat } from '../ids.ts'
import type { MatrixChat } from '../matrix-chat.ts'
import type { Receiving } from './receiving.ts'

const maxNames = 10_000
const maxNameLength = 200
const oneLine = z.string().transform((name) => inOneLine(name, maxNameLength))
const member = z.object({ displayname: oneLine.refine((name) => name !== '') })

/**
 * The person of an account: who has linked it, or else somebody who is known by it alone, and gets it with the link. The
 * whole id of the account identifies it, which its homeserver has checked. A display name proves nothing.
 */
export async function personOf({ services, nameOf }: Receiving, room: string, account: string): Promise<PersonName> {
  return services.chatAccounts.authorOf({ chat: matrixChat, accountId: account, name: await nameOf(room, account) })
}

/** Finds the display name that an account has in a room, or else the part of its id before the colon. */
export function nameFinder({ rooms }: Pick<MatrixChat, 'rooms'>): Receiving['nameOf'] {
  const names = new LRUCache<string, string>({ max: maxNames })
  return async (room, account) => {
    const key = `${room} ${account}`
    const name = names.get(key) ?? (await displayName(room, account)) ?? account.slice(1, account.indexOf(':'))
    names.set(key, name)
    return name
  }

  /** A vote does not wait for a homeserver that does not answer. */
  async function displayName(room: string, account: string): Promise<string | undefined> {
    try {
      return member.safeParse(await rooms.state(room, 'm.room.member', account)).data?.displayname
    } catch (error) {
      if (error instanceof MatrixError || error instanceof NetworkError) return undefined
      throw error
    }
  }
}
