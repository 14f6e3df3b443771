import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'

/** Something nobody guesses. */
export function newSecret(): string {
  return randomBytes(32).toString('base64url')
}

/** Whether they are the same; the time it takes tells nothing about where they differ. */
export function isSame(given: string, secret: string): boolean {
  return timingSafeEqual(digest(given), digest(secret))
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
