import type { Flowdock } from '../flowdock.ts'
import type { Polldock } from '../polldock.ts'
import type { ProbeRoute } from '../preload/probe.ts'
import { formsIn, type NaughtyForm } from './fields.ts'
import type { KnownValues } from './request.ts'
import { newPoll, signIn, through, type Visitor } from './visitor.ts'

/** The values of valid requests: a signed-in person, their data, and their forms. */
export class NaughtySite {
  known: KnownValues
  readonly #url: string
  readonly #flowdock: Flowdock

  private constructor(url: string, flowdock: Flowdock, known: KnownValues) {
    this.#url = url
    this.#flowdock = flowdock
    this.known = known
  }

  static async open({ url }: Polldock, flowdock: Flowdock): Promise<NaughtySite> {
    const visitor = await signIn(url, flowdock)
    const description = (await (await fetch(`${url}/api/openapi.json`)).json()).paths
    const home = await visitor.browser.get(url, '/')
    const asset = /\/assets\/[^"]+/.exec(home.text)?.[0] ?? ''
    const forms = await formsFor(url, visitor, flowdock)
    return new NaughtySite(url, flowdock, { visitor, connectionId: flowdock.id, asset, description, forms })
  }

  /** Restores what earlier requests have used up, before a route is tested. */
  async refresh({ url }: ProbeRoute): Promise<void> {
    const { forms, ...known } = this.known
    const poll = await newPoll(this.#url, known.visitor.browser).catch(() => undefined)
    const visitor = poll ? { ...known.visitor, poll } : await signIn(this.#url, this.#flowdock)
    this.known = { ...known, visitor, forms }
    if (url !== '/flowdock/setup/confirm') return
    const confirmation = formsIn((await setUp(this.#url, this.known.visitor, this.#flowdock)).text)
    this.known = { ...this.known, forms: [...forms.filter(({ path }) => path !== url), ...confirmation] }
  }
}

/** All forms, on pages of a poll in all its states and on the other pages. */
async function formsFor(url: string, visitor: Visitor, flowdock: Flowdock): Promise<NaughtyForm[]> {
  const { browser, accountId } = visitor
  const forms: NaughtyForm[] = []
  const read = async (path: string) => forms.push(...formsIn((await browser.get(url, path)).text))
  for (const path of ['/', '/polls/new', '/me', `/me/accounts/flowdock/${accountId}/unlink`]) await read(path)
  for (const path of ['', '/disconnect']) await read(`/connections/${flowdock.id}${path}`)
  const poll = await newPoll(url, browser)
  const { pathname } = new URL(poll.url)
  await read(`${pathname}/edit`)
  await read(pathname)
  const change = { method: 'PUT', headers: { ...browser.headers(), 'x-csrf-token': browser.csrfToken } }
  for (const state of ['closure', 'archive']) {
    await fetch(`${url}/api/polls/${poll.id}/${state}`, change)
    await read(pathname)
  }
  return [...forms, ...formsIn((await setUp(url, visitor, flowdock)).text)]
}

/** The page that confirms the setup of a flow. */
function setUp(url: string, { browser }: Visitor, { sandbox }: Flowdock) {
  const [flow] = sandbox.world.flows
  return through(browser, sandbox.world.url('/'), url, `/flowdock/setup?flow=${flow?.id}`)
}
