import { errors, jwtVerify, SignJWT } from 'jose'
import { z } from 'zod'
import { deriveKeys, type Secrets } from '../../../config.ts'
import { type ActionRequest, actionRequest } from '../action-request.ts'
import { flowdockId } from '../ids.ts'

/** An action of a Flowdock account that we do not know yet. It is in the link with which that person signs in. */
export type LinkClaim = {
  accountId: string
  actionRequest: ActionRequest
  /** The hash of the token that came with the click. */
  tokenHash: string
}

const lifetimeMs = 15 * 60_000
const audience = 'flowdock link'

const payload = z.object({ sub: flowdockId, jti: z.string(), actionRequest })

/** @param secrets the values of SECRET */
export function signClaim(
  secrets: Secrets,
  { accountId, actionRequest, tokenHash }: LinkClaim,
  now: Date,
): Promise<string> {
  return new SignJWT({ actionRequest })
    .setProtectedHeader({ alg: 'HS256' })
    .setAudience(audience)
    .setSubject(accountId)
    .setJti(tokenHash)
    .setIssuedAt(now)
    .setExpirationTime(new Date(now.getTime() + lifetimeMs))
    .sign(keysOf(secrets)[0])
}

/** @returns undefined when it has expired or its signature is wrong */
export async function readClaim(secrets: Secrets, text: string, now: Date): Promise<LinkClaim | undefined> {
  for (const key of keysOf(secrets)) {
    try {
      const only = { algorithms: ['HS256'], audience, requiredClaims: ['exp'], currentDate: now }
      const { data } = payload.safeParse((await jwtVerify(text, key, only)).payload)
      return data && { accountId: data.sub, actionRequest: data.actionRequest, tokenHash: data.jti }
    } catch (error) {
      if (!(error instanceof errors.JOSEError)) throw error
    }
  }
  return undefined
}

function keysOf(secrets: Secrets) {
  return deriveKeys(secrets, 'flowdock claims')
}
