import { z } from 'zod'
import type { Secrets } from '../../../config.ts'
import type { ConnectedRoom, ConnectingForm, ConnectingProblems } from '../../chat.ts'
import { inOneLine } from '../../http/answers.ts'
import { NetworkError } from '../../http/chat-http.ts'
import { MatrixError } from '../homeserver.ts'
import type { MatrixLinks } from '../links.ts'
import { maySendState } from '../power.ts'
import type { MatrixRooms } from '../rooms.ts'
import { type Invitation, invitationField, readInvitation } from './invitation.ts'

export type ConnectingOptions = {
  rooms: MatrixRooms
  /** The bot's account. */
  bot: string
  links: MatrixLinks
  secrets: Secrets
  clock: () => Date
}

const name = z.object({ name: z.string().trim().min(1) })
const alias = z.object({ alias: z.string().trim().min(1) })
const maxNameLength = 200

/** Connects the room of an invitation, if the person who got it may change the settings of the room. */
export function connectingForm(options: ConnectingOptions): ConnectingForm {
  const { rooms, bot, secrets, clock } = options
  const how = `Invite ${bot} to the room. It sends you a link to this page.`
  const expired = `This link is too old. Write !connect in the room: ${bot} sends you a new one.`
  return {
    fields: [{ name: invitationField, label: 'Room', hint: how, kind: 'hidden' }],
    async check({ [invitationField]: text = '' }) {
      const invitation = await readInvitation(secrets, text, clock())
      if (!invitation) return { problems: { '': [text === '' ? how : expired] } }
      try {
        const problem = await problemOf(options, invitation)
        if (problem) return { problems: { '': [problem] } }
        const room = await describe(options, invitation.room)
        return { roomName: room.roomName, connect: async () => connect(options, invitation, room) }
      } catch (error) {
        return { problems: unreachable(error) }
      }
    },
  }

  async function connect(of: ConnectingOptions, invitation: Invitation, room: ConnectedRoom) {
    try {
      const problem = await problemOf(of, invitation)
      return problem ? { problems: { '': [problem] } } : { room }
    } catch (error) {
      return { problems: unreachable(error) }
    }
  }

  function unreachable(error: unknown): ConnectingProblems {
    if (error instanceof MatrixError || error instanceof NetworkError)
      return { '': [`${error.message} Nothing was changed. Try again in a moment.`] }
    throw error
  }

  /** Asked again when the form is sent: somebody may have lost the power since they got the link. */
  async function problemOf({ rooms }: ConnectingOptions, { room, account }: Invitation): Promise<string | undefined> {
    const standing = await rooms.standing(room)
    if (standing === 'replaced') return `The room was replaced by a new one. Invite ${bot} to the new room.`
    if (standing !== 'joined') return `${bot} is not in the room. Invite it again: it sends you a new link.`
    if ((await rooms.membership(room, account)) !== 'join') return `${account} is not in the room any more.`
    if (!(await maySendState(rooms, room, account)))
      return `${account} may not change the settings of the room. Somebody who may has to connect it.`
    return undefined
  }

  async function describe({ links }: ConnectingOptions, room: string): Promise<ConnectedRoom> {
    const roomName = await nameOf(rooms, room)
    return {
      name: 'Polldock',
      roomName,
      roomUrl: links.room(room),
      externalId: room,
      address: { room },
      credentials: room,
    }
  }
}

/** Its name, else its address, else its id. */
export async function nameOf(rooms: MatrixRooms, room: string, signal?: AbortSignal): Promise<string> {
  const named = name.safeParse(await rooms.state(room, 'm.room.name', '', signal)).data?.name
  const found =
    named ?? alias.safeParse(await rooms.state(room, 'm.room.canonical_alias', '', signal)).data?.alias ?? room
  return inOneLine(found, maxNameLength)
}
