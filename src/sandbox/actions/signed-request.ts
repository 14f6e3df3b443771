import { createHash } from 'node:crypto'
import { SignJWT } from 'jose'
import type { ThreadUpdateAction } from '../state/types.ts'

/** The user who picked the action. `id` is the Flowdock user id. URLs are absolute. */
export type Agent = { id: string; name: string; image: string; url: string }

export type SandboxSignedRequest = { method: string; url: string; headers: Record<string, string>; body: string }

const lifetimeSeconds = 30

/**
 * The request that Flowdock sends when a user picks an action. The JWT in `FLOWDOCK-TOKEN` holds the user id and a hash
 * of the body. Its key is the application's OAuth client secret.
 * | @see https://github.com/flowdock/api-docs/blob/master/docs/thread-actions.md
 */
export async function signRequest(
  action: ThreadUpdateAction,
  { id, ...person }: Agent,
  clientSecret: string,
  now: Date,
): Promise<SandboxSignedRequest> {
  const { httpMethod, urlTemplate } = action.target
  const body = JSON.stringify({ ...action, agent: { '@type': 'Person', ...person } })
  const token = await new SignJWT({ signature: createHash('sha256').update(body).digest('hex') })
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
    .setSubject(id)
    .setExpirationTime(Math.floor(now.getTime() / 1000) + lifetimeSeconds)
    .sign(new TextEncoder().encode(clientSecret))
  return {
    method: httpMethod.toUpperCase(),
    url: urlTemplate,
    headers: { 'content-type': 'application/json; charset=utf-8', accept: 'application/json', 'flowdock-token': token },
    body,
  }
}
