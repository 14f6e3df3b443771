import { createHash, createHmac } from 'node:crypto'

type Json = Record<string, unknown>

/** The secret that app and Flowdock share in tests. */
export const clientSecret = 'known to both'

/** The parts of `FLOWDOCK-TOKEN`, by default as Flowdock makes it. Made without a library. */
export type TokenParts = {
  body?: string | Buffer
  secret?: string
  header?: Json
  claims?: Json
  sign?: (signed: string, secret: string) => string
}

/** The body that Flowdock sends to this address: the action as it was posted, and who picked it. */
export function actionBody(url: string, target: Json = {}): string {
  return JSON.stringify({
    '@type': 'UpdateAction',
    name: 'Vote',
    target: { '@type': 'EntryPoint', urlTemplate: url, httpMethod: 'POST', ...target },
    agent: { '@type': 'Person', name: 'Mallory' },
  })
}

/** @param now the start of its 30 seconds of validity */
export function flowdockToken(sub: unknown, now: Date, parts: TokenParts = {}): string {
  const { body = '', secret = clientSecret, header = {}, claims = {}, sign = hs256 } = parts
  const signature = createHash('sha256').update(body).digest('hex')
  const exp = Math.floor(now.getTime() / 1_000) + 30
  const signed = [
    { alg: 'HS256', typ: 'JWT', ...header },
    { sub, exp, signature, ...claims },
  ]
    .map(encoded)
    .join('.')
  return `${signed}.${sign(signed, secret)}`
}

export function hs256(signed: string, secret: string): string {
  return createHmac('sha256', secret).update(signed).digest('base64url')
}

function encoded(part: Json): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url')
}
