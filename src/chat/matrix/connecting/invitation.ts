import { errors, jwtVerify, SignJWT } from 'jose'
import { z } from 'zod'
import { deriveKeys, type Secrets } from '../../../config.ts'
import { roomId, userId } from '../ids.ts'

/** Who may connect a room, by a link that only they get. */
export type Invitation = { room: string; account: string }

/** The parameter of the link, and the field of the page. */
export const invitationField = 'invitation'

const lifetimeMs = 3_600_000
const audience = 'matrix invitation'
const payload = z.object({ sub: userId, room: roomId })

export function signInvitation(secrets: Secrets, { room, account }: Invitation, now: Date): Promise<string> {
  return new SignJWT({ room })
    .setProtectedHeader({ alg: 'HS256' })
    .setAudience(audience)
    .setSubject(account)
    .setExpirationTime(new Date(now.getTime() + lifetimeMs))
    .sign(keysOf(secrets)[0])
}

/** @returns undefined when it has expired or its signature is wrong */
export async function readInvitation(secrets: Secrets, text: string, now: Date): Promise<Invitation | undefined> {
  for (const key of keysOf(secrets)) {
    try {
      const only = { algorithms: ['HS256'], audience, requiredClaims: ['exp'], currentDate: now }
      const { data } = payload.safeParse((await jwtVerify(text, key, only)).payload)
      return data && { account: data.sub, room: data.room }
    } catch (error) {
      if (!(error instanceof errors.JOSEError)) throw error
    }
  }
  return undefined
}

function keysOf(secrets: Secrets) {
  return deriveKeys(secrets, 'matrix claims')
}
