import type { ApiPoll } from '../../test/support/api-calls.ts'
import { DrillBrowser, type ShownPage } from '../browser.ts'
import type { Flowdock } from '../flowdock.ts'

/** A person who has signed in with Flowdock, and their data. */
export type Visitor = {
  browser: DrillBrowser
  /** Their Flowdock account. */
  accountId: string
  poll: ApiPoll & { url: string }
  tokenId: string
}

const account = { user: '1', decision: 'allow' }

export async function signIn(url: string, { sandbox }: Flowdock): Promise<Visitor> {
  const browser = new DrillBrowser()
  await browser.get(url, '/polls/new')
  await through(browser, sandbox.world.url('/'), url, '/auth/flowdock')
  await browser.post(url, '/me/tokens', { name: 'Naughty' })
  const { text } = await browser.get(url, '/me')
  const tokenId = /\/me\/tokens\/([^/"]+)\/revoke/.exec(text)?.[1] ?? ''
  return { browser, accountId: account.user, tokenId, poll: await newPoll(url, browser) }
}

/** Opens a page that redirects through Flowdock's sign-in, and returns. */
export async function through(
  browser: DrillBrowser,
  flowdockUrl: string,
  url: string,
  path: string,
): Promise<ShownPage> {
  const { location } = await browser.get(url, path)
  const authorize = new URL(location)
  const there = new DrillBrowser()
  const flowdock = new URL(flowdockUrl).origin
  await there.get(flowdock, authorize.pathname + authorize.search)
  const asked = Object.fromEntries(authorize.searchParams)
  const back = new URL((await there.post(flowdock, '/oauth/authorize', { ...asked, ...account })).location)
  const next = await browser.get(url, back.pathname + back.search)
  return next.location ? browser.get(url, next.location) : next
}

/** Made through the API, as a page does. */
export async function newPoll(url: string, browser: DrillBrowser): Promise<Visitor['poll']> {
  const response = await fetch(`${url}/api/polls`, {
    method: 'POST',
    headers: { ...browser.headers(), 'x-csrf-token': browser.csrfToken, 'content-type': 'application/json' },
    body: JSON.stringify({ title: 'Lunch?', options: ['Noodles', 'Soup'] }),
  })
  if (response.status !== 201) throw new Error(`No poll was made: ${response.status} ${await response.text()}`)
  return response.json()
}
