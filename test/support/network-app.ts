import type { FastifyInstance } from 'fastify'
import { Browser } from './browser.ts'

type Request = { method?: string; url: string; headers?: object; cookies?: Record<string, string>; payload?: string }

/**
 * A new visitor of the server at this URL.
 *
 * @param send as `fetch`
 */
export function networkBrowser(origin: string, send: typeof fetch = fetch): Browser {
  const inject = async ({ method = 'GET', url, headers, cookies = {}, payload }: Request) => {
    const cookie = Object.entries(cookies)
      .map(([name, value]) => `${name}=${value}`)
      .join('; ')
    const request = { method, headers: { ...headers, cookie }, body: payload, redirect: 'manual' } as const
    const response = await send(new URL(url, origin), request)
    return {
      statusCode: response.status,
      headers: Object.fromEntries(response.headers),
      body: await response.text(),
      cookies: response.headers.getSetCookie().map(readCookie),
    }
  }
  return new Browser({ inject } as unknown as FastifyInstance)
}

/** The value is kept as it came, to be sent back like that. */
function readCookie(header: string) {
  const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(header) ?? []
  const [, maxAge] = /; Max-Age=(\d+)/.exec(header) ?? []
  return { name, value, maxAge: maxAge === undefined ? undefined : Number(maxAge) }
}
