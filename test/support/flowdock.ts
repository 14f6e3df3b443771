import type { LightMyRequestResponse } from 'fastify'
import { readFlowdockConfig } from '../../src/chat/flowdock/config.ts'
import { readConfig } from '../../src/config.ts'
import { application } from '../../src/sandbox/beside.ts'
import { buildSandbox, type Sandbox } from '../../src/sandbox/sandbox.ts'
import type { Source, User } from '../../src/sandbox/state/types.ts'
import { openTestApp, type TestApp, testSecret } from './app.ts'
import { Browser } from './browser.ts'
import { TestClock } from './clock.ts'

/** The app, and a registered sandbox that it calls over HTTP. */
export type PairedApp = TestApp & {
  sandbox: Sandbox
  /** The app's variables for the sandbox. */
  env: Record<string, string>
}

export async function openPairedApp({ clock = new TestClock(), ...options }: Parameters<typeof openTestApp>[0] = {}) {
  const given = { FLOWDOCK_CLIENT_ID: 'polldock', FLOWDOCK_CLIENT_SECRET: 'known to both' }
  const apiUrl = 'http://127.0.0.1:1'
  const config = readConfig({ ...given, FLOWDOCK_API_URL: apiUrl, ...options.env })
  const flowdock = readFlowdockConfig(config, [testSecret])
  if (!flowdock) throw new TypeError('There is no Flowdock.')
  const sandbox = await buildSandbox({ applications: [application(flowdock, config.publicUrl)], clock: clock.now })
  const url = await sandbox.app.listen({ host: '127.0.0.1', port: 0 })
  const env = { ...given, FLOWDOCK_API_URL: url, ...options.env }
  const testApp = await openTestApp({ ...options, clock, env })
  const close = async () => {
    await testApp.close()
    await sandbox.app.close()
  }
  return { ...testApp, sandbox, env, close }
}

export type Nick = 'maija' | 'ben' | 'chen' | 'rosa'
type Consent = { as?: Nick; decision?: 'allow' | 'deny' }

/** Goes to Flowdock's sign-in, where the browser was just sent, and answers there. @returns the way back */
export async function consent({ sandbox }: PairedApp, sent: LightMyRequestResponse, answer: Consent = {}) {
  const { as = 'maija', decision = 'allow' } = answer
  const url = new URL(sent.headers.location ?? '')
  const browser = new Browser(sandbox.app)
  await browser.get(url.pathname + url.search)
  const user = String(userCalled({ sandbox }, as).id)
  const parameters = Object.fromEntries(url.searchParams)
  const { headers } = await browser.post('/oauth/authorize', { ...parameters, user, decision })
  const back = new URL(headers.location ?? '')
  return back.pathname + back.search
}

/** Opens a page of ours that leads through Flowdock's sign-in, and comes back from there. */
export async function through(paired: PairedApp, browser: Browser, path: string, answer: Consent = {}) {
  await browser.get(path)
  return comeBack(paired, browser, answer)
}

/** Goes through Flowdock's sign-in, where the browser was just sent. */
export async function comeBack(paired: PairedApp, browser: Browser, answer: Consent = {}) {
  if (!browser.page) throw new TypeError('The browser was not sent anywhere.')
  return browser.get(await consent(paired, browser.page, answer))
}

/** Signs a person in with Flowdock. */
export async function signedIn(paired: PairedApp, as: Nick = 'maija'): Promise<Browser> {
  const browser = paired.browser()
  await through(paired, browser, '/auth/flowdock', { as })
  return browser
}

/** Pairs a flow through the pages, and leaves the browser where that leads to. */
export async function pair(
  paired: PairedApp,
  browser: Browser,
  { flow = 'main', ...fields }: Record<string, string | string[]> & { flow?: string } = {},
) {
  await through(paired, browser, setupPath(paired, flow))
  await browser.follow()
  await browser.post('/flowdock/setup/confirm', { ...confirmation(browser), ...fields })
  await browser.follow()
}

/** The fields of the page that confirms a setup, when only its button is pressed. */
export function confirmation({ page }: Browser): Record<string, string | string[]> {
  const value = (name: string) => new RegExp(`name="${name}" value="([^"]*)"`).exec(page?.body ?? '')?.[1] ?? ''
  const kind = ['votes', 'comments', 'options', 'lifecycle']
  const shown = { key: value('key'), flow: value('flow'), name: value('name'), shownPolls: value('shownPolls') }
  return { ...shown, which: 'all', kind, start: 'now' }
}

/** Where the inbox settings of a flow lead to. */
export function setupPath({ sandbox }: PairedApp, name = 'main'): string {
  const flow = flowCalled({ sandbox }, name)
  return `/flowdock/setup?${new URLSearchParams({ flow: flow.id, flow_url: sandbox.world.flowUrl(flow) })}`
}

export function sourcesOf(paired: Pick<PairedApp, 'sandbox'>, name = 'main'): Source[] {
  return paired.sandbox.world.sources.list(flowCalled(paired, name).id)
}

export function flowCalled({ sandbox }: Pick<PairedApp, 'sandbox'>, name: string) {
  const flow = sandbox.world.flowNamed('acme', name)
  if (!flow) throw new TypeError(`There is no flow ${name}.`)
  return flow
}

export function userCalled({ sandbox }: Pick<PairedApp, 'sandbox'>, name: Nick): User {
  const user = sandbox.world.users.find(({ nick }) => nick.toLowerCase() === name)
  if (!user) throw new TypeError(`There is no user ${name}.`)
  return user
}
