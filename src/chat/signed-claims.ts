import { errors, type JWTPayload, jwtVerify, SignJWT } from 'jose'

/** Keys of 32 bytes, derived from SECRET: the first one signs, all are accepted. */
type Keys = readonly [Uint8Array, ...Uint8Array[]]

/** Signs what a link says (JWT, RFC 7519), for `lifetimeMs` milliseconds. @param audience what it is for: no other reader accepts it */
export function signClaims(
  [key]: Keys,
  audience: string,
  claims: JWTPayload,
  { now, lifetimeMs }: { now: Date; lifetimeMs: number },
): Promise<string> {
  return new SignJWT(claims)
    .setProtectedHeader({ alg: 'HS256' })
    .setAudience(audience)
    .setIssuedAt(now)
    .setExpirationTime(new Date(now.getTime() + lifetimeMs))
    .sign(key)
}

/** @returns undefined when it has expired, its signature is wrong, or it is for something else */
export async function readClaims(
  keys: Keys,
  audience: string,
  text: string,
  now: Date,
): Promise<JWTPayload | undefined> {
  for (const key of keys) {
    try {
      const only = { algorithms: ['HS256'], audience, requiredClaims: ['exp'], currentDate: now }
      return (await jwtVerify(text, key, only)).payload
    } catch (error) {
      if (!(error instanceof errors.JOSEError)) throw error
    }
  }
  return undefined
}
