import { createHmac, randomBytes } from 'node:crypto'
import { z } from 'zod'
import type { Signing } from '../chat.ts'

const former = z.object({ secret: z.string(), until: z.coerce.date() })
const credentials = z.object({ url: z.url(), secret: z.string(), former: former.optional() })
type Credentials = z.infer<typeof credentials>

/** How long messages have two signatures after a new secret. */
const overlapMs = 24 * 3_600_000

export const newCredentials = (url: string) => JSON.stringify({ url, secret: newSecret() })
const newSecret = () => `whsec_${randomBytes(32).toString('base64')}`
const parse = (stored: string) => credentials.parse(JSON.parse(stored))

const formerAt = ({ former }: Credentials, now: Date) => (former && former.until > now ? former : undefined)

/** @returns undefined when they are damaged */
export function readCredentials(stored: string): Credentials | undefined {
  try {
    return parse(stored)
  } catch {
    return undefined
  }
}

/** The header `webhook-signature`: a signature with each secret that is valid. */
export function signatureOf(content: string, stored: Credentials, now: Date): string {
  const secrets = [stored.secret, formerAt(stored, now)?.secret ?? []].flat()
  const keys = secrets.map((secret) => Buffer.from(secret.replace('whsec_', ''), 'base64'))
  return keys.map((key) => `v1,${createHmac('sha256', key).update(content).digest('base64')}`).join(' ')
}

export const signing: Signing = {
  secretOf: (stored) => parse(stored).secret,
  formerUntil: (stored, now) => formerAt(parse(stored), now)?.until,
  rotate(stored, now) {
    const { url, secret } = parse(stored)
    const until = new Date(now.getTime() + overlapMs)
    return JSON.stringify({ url, secret: newSecret(), former: { secret, until } })
  },
}
