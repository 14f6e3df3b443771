import { z } from 'zod'
import { deriveKeys, type Secrets } from '../../../config.ts'
import { readClaims, signClaims } from '../../signed-claims.ts'
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
  const claims = { sub: accountId, jti: tokenHash, actionRequest }
  return signClaims(keysOf(secrets), audience, claims, { now, lifetimeMs })
}

/** @returns undefined when it has expired or its signature is wrong */
export async function readClaim(secrets: Secrets, text: string, now: Date): Promise<LinkClaim | undefined> {
  const { data } = payload.safeParse(await readClaims(keysOf(secrets), audience, text, now))
  return data && { accountId: data.sub, actionRequest: data.actionRequest, tokenHash: data.jti }
}

function keysOf(secrets: Secrets) {
  return deriveKeys(secrets, 'flowdock claims')
}
