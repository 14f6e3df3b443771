import type { FastifyInstance, LightMyRequestResponse } from 'fastify'

type Fields = Record<string, string | string[]>
type Headers = Record<string, string>

/** Uses the app as a browser does: keeps cookies, and sends the `_csrf` field of the current page. */
export class Browser {
  readonly cookies = new Map<string, string>()
  /** The page shown last. */
  page: LightMyRequestResponse | undefined
  /** The path that was opened last. */
  path = ''
  /** The token in the forms of the last page that had any. */
  csrfToken = ''
  readonly #app: FastifyInstance

  constructor(app: FastifyInstance) {
    this.#app = app
  }

  async get(url: string, headers: Headers = {}): Promise<LightMyRequestResponse> {
    this.path = new URL(url, 'http://localhost').pathname
    return this.#keep(await this.#app.inject({ url, headers, cookies: this.#cookieHeader() }))
  }

  /** Submits a form of the page shown last. */
  async post(url: string, fields: Fields = {}, headers: Headers = {}): Promise<LightMyRequestResponse> {
    const form = new URLSearchParams(Object.entries({ _csrf: this.csrfToken, ...fields }).flatMap(pairs))
    return this.#keep(
      await this.#app.inject({
        method: 'POST',
        url,
        headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
        cookies: this.#cookieHeader(),
        payload: form.toString(),
      }),
    )
  }

  /** Submits a form that may hold files. */
  async postFiles(url: string, fields: Record<string, string | Blob>): Promise<LightMyRequestResponse> {
    const form = new FormData()
    for (const [name, value] of Object.entries({ _csrf: this.csrfToken, ...fields })) form.set(name, value)
    const body = new Response(form)
    return this.#keep(
      await this.#app.inject({
        method: 'POST',
        url,
        headers: { 'content-type': String(body.headers.get('content-type')) },
        cookies: this.#cookieHeader(),
        payload: Buffer.from(await body.arrayBuffer()),
      }),
    )
  }

  /** Follows the redirect of the last response, or of this one. */
  async follow(response = this.page): Promise<LightMyRequestResponse> {
    const location = response?.headers.location
    if (!location) throw new Error(`Nothing to follow: the answer was ${response?.statusCode}.`)
    return this.get(location)
  }

  #cookieHeader(): Record<string, string> {
    return Object.fromEntries(this.cookies)
  }

  #keep(response: LightMyRequestResponse): LightMyRequestResponse {
    for (const { name, value, maxAge } of response.cookies) {
      if (maxAge === 0 || value === '') this.cookies.delete(name)
      else this.cookies.set(name, value)
    }
    this.page = response
    this.csrfToken = tokenIn(response.body) ?? this.csrfToken
    return response
  }
}

function tokenIn(html: string): string | undefined {
  const field = /<input[^>]*\sname="_csrf"[^>]*>/.exec(html)?.[0]
  return /\svalue="([^"]*)"/.exec(field ?? '')?.[1]
}

function pairs([name, value]: [string, string | string[]]): [string, string][] {
  return [value].flat().map((one) => [name, one])
}
