import { form } from '../box.ts'

/** A request as a program sent it: `path` with its query, the headers that it sets itself, and the bytes of its body. */
export type SentRequest = { method: string; path: string; headers?: Record<string, string>; body?: string }

/** The headers of Ruby's HTTP client, which Faraday and OmniAuth use. */
const ofRuby = { accept: '*/*', 'accept-encoding': 'gzip;q=1.0,deflate;q=0.6,identity;q=0.3', 'user-agent': 'Ruby' }

export const json = { 'content-type': 'application/json' }
export { form }

/** Sends the request, and reads the answer as Faraday does: by its content type. */
export async function sendAsRuby(url: string, { method, path, headers = {}, body }: SentRequest) {
  const signal = AbortSignal.timeout(10_000)
  const sent = { method, headers: { ...ofRuby, ...headers }, signal, ...(body !== undefined && { body }) }
  const response = await fetch(`${url}${path}`, sent)
  const text = await response.text()
  const type = response.headers.get('content-type') ?? ''
  const parsed = type.includes('form') ? Object.fromEntries(new URLSearchParams(text)) : text && JSON.parse(text)
  return { status: response.status, body: parsed }
}
