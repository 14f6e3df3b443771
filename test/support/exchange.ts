import { type Dispatcher, request } from 'undici'

export type Sent = {
  method: string
  /** With its query. */
  path: string
  headers?: Record<string, string>
  body?: string | Buffer | undefined
  /** Of a stream: what happens after it has opened. Its first message is the answer. */
  meanwhile?: (() => Promise<unknown>) | undefined
}

export type Received = {
  status: number
  headers: Headers
  text: string
  /** The body as JSON, or as the fields of a form. */
  // biome-ignore lint/suspicious/noExplicitAny: a test says what it should be
  json: any
}

export const formType = 'application/x-www-form-urlencoded'

/** Sends a request as it is. Unlike `fetch`, it sends any `host`, and follows no redirect. */
export async function exchange(url: string, { method, path, headers = {}, body, meanwhile }: Sent): Promise<Received> {
  const response = await request(url + path, {
    method: method as Dispatcher.HttpMethod,
    headers,
    body: body ?? null,
    signal: AbortSignal.timeout(5_000),
  })
  const received = new Headers(Object.entries(response.headers).map(([name, value]) => [name, String(value)]))
  const text = meanwhile ? await firstMessage(response, meanwhile) : await response.body.text()
  return { status: response.statusCode, headers: received, text, json: decoded(received, text) }
}

/** What a stream sends until its first message. */
async function firstMessage({ statusCode, body }: Dispatcher.ResponseData, meanwhile: () => Promise<unknown>) {
  if (statusCode !== 200) return body.text()
  await meanwhile()
  let text = ''
  for await (const chunk of body.setEncoding('utf8')) {
    text += chunk
    if (/\{.*\}(\r|\n\n)/.test(text)) break
  }
  return text
}

/** JSON, a form, or an event of a stream. */
function decoded(headers: Headers, text: string): unknown {
  if (headers.get('content-type')?.startsWith(formType)) return Object.fromEntries(new URLSearchParams(text))
  try {
    return JSON.parse(text.replace(/^[\s\S]*?data: /, ''))
  } catch {
    return undefined
  }
}
