import { isIP } from 'node:net'
import { z } from 'zod'
import type { AddressCheck } from './addresses.ts'

const maxLength = 2_000

/**
 * The address of a server as a person types it. The addresses of a host name are checked later, when a request connects.
 *
 * @param protocols as in a URL, with a colon
 */
export function typedAddress(mayConnect: AddressCheck, protocols: readonly string[] = ['https:']) {
  const beginnings = protocols.map((protocol) => `${protocol}//`).join(' or ')
  return z
    .url({ error: 'Type the whole address, such as https://example.org/hooks/polls.' })
    .max(maxLength, `The address is too long: at most ${maxLength} characters.`)
    .transform((text) => new URL(text))
    .refine(({ protocol }) => protocols.includes(protocol), `The address must begin with ${beginnings}.`)
    .refine(({ username, password }) => !username && !password, 'The address must not contain a password.')
    .refine(({ hostname }) => mayName(hostname, mayConnect), 'This is a private address, which is not allowed here.')
}

function mayName(hostname: string, mayConnect: AddressCheck): boolean {
  const host = hostname.replace(/^\[|\]$/g, '')
  return isIP(host) === 0 || mayConnect(host)
}
