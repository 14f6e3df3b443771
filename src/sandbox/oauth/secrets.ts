import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'

/** A random secret that cannot be guessed. */
export function newSecret(): string {
  return randomBytes(32).toString('base64url')
}

/** Compares in constant time. */
export function isSame(given: string, secret: string): boolean {
  return timingSafeEqual(digest(given), digest(secret))
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
