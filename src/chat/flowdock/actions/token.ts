import { createHash, timingSafeEqual } from 'node:crypto'
import { errors, jwtVerify } from 'jose'
import { z } from 'zod'
import { flowdockId } from '../ids.ts'

/** The person who clicked, from Flowdock's token. */
export type Sender = {
  accountId: string
  /** SHA-256 (hex) of the token's claims: the same for every encoding of one token. */
  tokenHash: string
  /** When the token is certainly expired. */
  expiresAt: Date
}

/** Why a token is not accepted. It repeats nothing from the request. */
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

/** A key for verifying tokens. It is made once, as importing it takes as long as verifying. */
export type TokenKey = Awaited<ReturnType<typeof tokenKey>>

/** @param secret the application's client secret in Flowdock */
export function tokenKey(secret: string) {
  const algorithm = { name: 'HMAC', hash: 'SHA-256' }
  return crypto.subtle.importKey('raw', Buffer.from(secret), algorithm, false, ['verify'])
}

/** The allowed difference between Flowdock's clock and ours, in seconds. */
const clockSkewSeconds = 5
/** The longest accepted lifetime of a token, in seconds. Flowdock's tokens live for 30. */
const maxLifetimeSeconds = 300

const claims = z.object({ sub: flowdockId, exp: z.number(), signature: z.string(), jti: z.string().optional() })

/** The request with the token: `url` as it was posted to Flowdock, `body` as the bytes received. */
export type SignedRequest = { method: string; url: string; body: Buffer }

/**
 * Verifies the token of an action: a JWT signed with the application's client secret, with the user's id and the
 * SHA-256 of the body. It does not cover the URL, but the body does: it repeats the action with its target.
 *
 * @param keys one of them must verify the token
 * @throws {InvalidToken}
 * @see https://github.com/flowdock/api-docs/blob/master/docs/thread-actions.md
 */
export async function checkToken(
  token: unknown,
  carrier: SignedRequest,
  keys: readonly TokenKey[],
  now: Date,
): Promise<Sender> {
  if (typeof token !== 'string' || token === '')
    throw new InvalidToken('no_token', 'The header FLOWDOCK-TOKEN is missing.')
  const { data } = claims.safeParse(await payloadOf(token, keys, now))
  if (!data) throw new InvalidToken('invalid', 'The token lacks the user, the expiry or the signature of the body.')
  if (data.exp > now.getTime() / 1_000 + maxLifetimeSeconds + clockSkewSeconds)
    throw new InvalidToken('too_long_lived', 'The token’s lifetime is too long.')
  if (!isDigestOf(carrier.body, data.signature)) throw new InvalidToken('other_body', 'The token is for another body.')
  if (!isTarget(carrier)) throw new InvalidToken('other_target', 'The action is for another address or method.')
  const { sub, exp, signature, jti = null } = data
  const tokenHash = createHash('sha256')
    .update(JSON.stringify([sub, exp, signature, jti]))
    .digest('hex')
  return { accountId: sub, tokenHash, expiresAt: new Date((exp + clockSkewSeconds) * 1_000) }
}

const action = z.object({ target: z.object({ urlTemplate: z.string(), httpMethod: z.string() }) })

/** Whether the action in the body has the request's URL as its target. */
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

/** The claims, verified with the first key that fits. */
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

/** Accepts one encoding only, against replay. Decoders also accept white space, padding and other spare bits. */
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

/** Compares lower-case hex digests in constant time. */
function isDigestOf(body: Buffer, signature: string): boolean {
  const digest = Buffer.from(createHash('sha256').update(body).digest('hex'))
  const given = Buffer.from(signature)
  return given.length === digest.length && timingSafeEqual(given, digest)
}
