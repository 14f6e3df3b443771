export type FormFields = Record<string, string | string[]>
export type ShownPage = { status: number; text: string; location: string }

/** Uses Polldock over the network as a browser does: keeps cookies, and sends the CSRF token of the last page. */
export class DrillBrowser {
  readonly cookies = new Map<string, string>()
  csrfToken = ''
  readonly #fetch: typeof fetch

  constructor(send: typeof fetch = fetch) {
    this.#fetch = send
  }

  /** @param url where Polldock is, without a path */
  async get(url: string, path: string): Promise<ShownPage> {
    return this.#keep(await this.#fetch(url + path, { headers: this.headers(), redirect: 'manual' }))
  }

  async post(url: string, path: string, fields: FormFields): Promise<ShownPage> {
    const body = formOf({ _csrf: this.csrfToken, ...fields })
    return this.#keep(
      await this.#fetch(url + path, { method: 'POST', headers: this.headers(), body, redirect: 'manual' }),
    )
  }

  headers(): Record<string, string> {
    return { cookie: [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ') }
  }

  async #keep(response: Response): Promise<ShownPage> {
    for (const cookie of response.headers.getSetCookie()) {
      const [name = '', value = ''] = (cookie.split(';', 1)[0] ?? '').split(/=(.*)/s)
      this.cookies.set(name, value)
    }
    const text = await response.text()
    const token = /name="_csrf" value="([^"]*)"/.exec(text)?.[1]
    if (token) this.csrfToken = token.replaceAll('&amp;', '&').replaceAll('&#x2F;', '/')
    return { status: response.status, text, location: response.headers.get('location') ?? '' }
  }
}

/** A field with several values is repeated. */
export function formOf(fields: FormFields): URLSearchParams {
  return new URLSearchParams(
    Object.entries(fields).flatMap(([name, values]) => [values].flat().map((value): [string, string] => [name, value])),
  )
}
