import { z } from 'zod'
import { parsedJson } from '../../http/answers.ts'
import type { FlowdockHttp } from '../http.ts'

/** The tokens of the person who connected the flow. */
const tokens = z.object({ accessToken: z.string(), refreshToken: z.string(), expiresAt: z.number() })
export type ReadTokens = z.output<typeof tokens>

/** Our client in Flowdock; two secrets while the secret is replaced. */
export type OAuthClient = { clientId: string; clientSecrets: readonly string[] }

/** A token that expires sooner than this is refreshed, in milliseconds. */
const minLeftMs = 60_000
const defaultLifetimeSeconds = 600

const response = z.object({
  access_token: z.string().min(1).max(4_096),
  refresh_token: z.string().min(1).max(4_096),
  expires_in: z.coerce.number().positive().catch(defaultLifetimeSeconds),
})

/** The tokens in the answer of `POST /oauth/token`; undefined without a refresh token. */
export function tokensIn(answer: unknown, now: Date): ReadTokens | undefined {
  const { data } = response.safeParse(answer)
  if (!data) return undefined
  const expiresAt = now.getTime() + data.expires_in * 1_000
  return { accessToken: data.access_token, refreshToken: data.refresh_token, expiresAt }
}

export function parseTokens(credentials: string): ReadTokens | undefined {
  try {
    return tokens.safeParse(JSON.parse(credentials)).data
  } catch {
    return undefined
  }
}

/** The stored tokens, marked as expired: the next use refreshes them. */
export function expired(credentials: string): string {
  return JSON.stringify({ ...parseTokens(credentials), expiresAt: 0 })
}

export function isFresh({ expiresAt }: ReadTokens, now: Date): boolean {
  return expiresAt - now.getTime() > minLeftMs
}

/**
 * Exchanges the refresh token. The newest one replaces the last.
 *
 * @returns undefined when Flowdock does not accept it
 * @throws {NetworkError}
 */
export async function refreshed(
  calls: FlowdockHttp,
  { clientId, clientSecrets }: OAuthClient,
  { refreshToken }: ReadTokens,
  signal: AbortSignal,
  clock: () => Date,
): Promise<ReadTokens | 'later' | undefined> {
  for (const secret of clientSecrets) {
    const grant = { grant_type: 'refresh_token', refresh_token: refreshToken }
    const body = new URLSearchParams({ ...grant, client_id: clientId, client_secret: secret }).toString()
    const headers = { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' }
    const answer = await calls.send({ method: 'POST', path: '/oauth/token', headers, body, signal })
    // While the client secret is replaced, Flowdock may know either one.
    if (answer.status === 401) continue
    if (answer.status === 429 || answer.status >= 500) return 'later'
    return answer.status === 200 ? tokensIn(parsedJson(answer.text), clock()) : undefined
  }
  return undefined
}
