import { createHash, timingSafeEqual } from 'node:crypto'
import { errors, jwtVerify } from 'jose'
import { z } from 'zod'
import { flowdockId } from '../ids.ts'

/** Who picked an action in Flowdock, as its token says. */
export type Sender = {
  accountId: string
  /** SHA-256 (hex) of what the token says: the same for the same token, however it is spelled. */
  tokenHash: string
  /** When the token cannot be used any more, at the latest. */
  expiresAt: Date
}

/** Why a request is not trusted, for the log and for whoever sent it. It repeats nothing of what was sent. */
export class InvalidToken extends Error {
  override readonly name = 'Untrusted'
  readonly code: InvalidTokenReason

  constructor(code: InvalidTokenReason, message: string) {
    super(message)
    this.code = code
  }
}

type InvalidTokenReason =
  | 'no_token'
  | 'expired'
  | 'other_algorithm'
  | 'other_secret'
  | 'other_body'
  | 'other_target'
  | 'too_long_lived'
  | 'invalid'

/** What tokens are verified with; made once, as that takes as long as a verification. */
export type TokenKey = Awaited<ReturnType<typeof tokenKey>>

/** @param secret of the application, as it is registered in Flowdock */
export function tokenKey(secret: string) {
  const algorithm = { name: 'HMAC', hash: 'SHA-256' }
  return crypto.subtle.importKey('raw', Buffer.from(secret), algorithm, false, ['verify'])
}

/** How far Flowdock's clock and ours may be apart, in seconds. */
const clockSkewSeconds = 5
/** How long a token may be good for, in seconds. Flowdock makes them good for 30. */
const maxLifetimeSeconds = 300

const claims = z.object({ sub: flowdockId, exp: z.number(), signature: z.string(), jti: z.string().optional() })

/** The request that brings the token: `url` as its own sender would write it, `body` the bytes as they were received. */
export type SignedRequest = { method: string; url: string; body: Buffer }

/**
 * Checks the token that Flowdock sends along with an action: a JWT, keyed with the application's client secret, that
 * names the user and holds the SHA-256 of the body. It says nothing of the address, so the body has to: it repeats the
 * action, with its target.
 *
 * @param keys any of which may be the one
 * @throws {InvalidToken}
 * @see https://github.com/flowdock/api-docs/blob/master/docs/thread-actions.md
 */
export async function checkToken(
  token: unknown,
  carrier: SignedRequest,
  keys: readonly TokenKey[],
  now: Date,
): Promise<Sender> {
  if (typeof token !== 'string' || token === '') throw new InvalidToken('no_token', 'There is no FLOWDOCK-TOKEN.')
  const { data } = claims.safeParse(await payloadOf(token, keys, now))
  if (!data) throw new InvalidToken('invalid', 'The token does not say who it is from, until when, and for which body.')
  if (data.exp > now.getTime() / 1_000 + maxLifetimeSeconds + clockSkewSeconds)
    throw new InvalidToken('too_long_lived', 'The token is good for too long.')
  if (!isDigestOf(carrier.body, data.signature)) throw new InvalidToken('other_body', 'The token is for another body.')
  if (!isTarget(carrier)) throw new InvalidToken('other_target', 'The action is for another address or method.')
  const { sub, exp, signature, jti = null } = data
  const tokenHash = createHash('sha256')
    .update(JSON.stringify([sub, exp, signature, jti]))
    .digest('hex')
  return { accountId: sub, tokenHash, expiresAt: new Date((exp + clockSkewSeconds) * 1_000) }
}

const action = z.object({ target: z.object({ urlTemplate: z.string(), httpMethod: z.string() }) })

/** Whether the body is an action whose target is the address that it was sent to. */
function isTarget({ method, url, body }: SignedRequest): boolean {
  const { data } = action.safeParse(parsed(body))
  return data?.target.urlTemplate === url && data.target.httpMethod.toUpperCase() === method
}

function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString())
  } catch {
    return undefined
  }
}

/** Verified with the first key that is its own. */
async function payloadOf(token: string, keys: readonly TokenKey[], now: Date): Promise<unknown> {
  if (!isCanonical(token)) throw new InvalidToken('invalid', 'The token is not valid.')
  for (const key of keys) {
    try {
      const { payload } = await jwtVerify(token, key, {
        algorithms: ['HS256'],
        clockTolerance: clockSkewSeconds,
        currentDate: now,
      })
      return payload
    } catch (error) {
      if (error instanceof errors.JWSSignatureVerificationFailed) continue
      throw error instanceof errors.JOSEError ? invalid(error) : error
    }
  }
  throw new InvalidToken('other_secret', 'The token was not signed with the client secret.')
}

/** Base64url has one spelling here. Decoders also take others: white space, padding, spare bits in the last letter. */
function isCanonical(token: string): boolean {
  const parts = token.split('.')
  return parts.length === 3 && parts.every((part) => Buffer.from(part, 'base64url').toString('base64url') === part)
}

function invalid({ code }: errors.JOSEError): InvalidToken {
  if (code === 'ERR_JWT_EXPIRED') return new InvalidToken('expired', 'The token has expired.')
  if (code === 'ERR_JOSE_ALG_NOT_ALLOWED')
    return new InvalidToken('other_algorithm', 'The token was not signed with HS256.')
  return new InvalidToken('invalid', 'The token is not valid.')
}

/** In lower case, compared in a time that tells nothing of where they differ. */
function isDigestOf(body: Buffer, signature: string): boolean {
  const digest = Buffer.from(createHash('sha256').update(body).digest('hex'))
  const given = Buffer.from(signature)
  return given.length === digest.length && timingSafeEqual(given, digest)
}
