import { z } from 'zod'
import { deriveKeys, type Secrets } from '../../../config.ts'
import { readClaims, signClaims } from '../../signed-claims.ts'
import { roomId, userId } from '../ids.ts'

/** Who may connect a room, by a link that only they get. */
export type Invitation = { room: string; account: string }

/** The parameter of the link, and the field of the page. */
export const invitationField = 'invitation'

const lifetimeMs = 3_600_000
const audience = 'matrix invitation'
const payload = z.object({ sub: userId, room: roomId })

export function signInvitation(secrets: Secrets, { room, account }: Invitation, now: Date): Promise<string> {
  return signClaims(keysOf(secrets), audience, { sub: account, room }, { now, lifetimeMs })
}

/** @returns undefined when it has expired or its signature is wrong */
export async function readInvitation(secrets: Secrets, text: string, now: Date): Promise<Invitation | undefined> {
  const { data } = payload.safeParse(await readClaims(keysOf(secrets), audience, text, now))
  return data && { account: data.sub, room: data.room }
}

function keysOf(secrets: Secrets) {
  return deriveKeys(secrets, 'matrix claims')
}
