import { parse } from 'node-html-parser'
import type { TestApp } from './app.ts'
import type { Browser } from './browser.ts'

/** A visitor whom the app knows by name. */
export async function visitor(testApp: Pick<TestApp, 'browser'>, name: string): Promise<Browser> {
  const browser = testApp.browser()
  await browser.get('/me')
  await browser.post('/me/name', { displayName: name })
  await browser.follow()
  return browser
}

/** Lets these visitors have signed in with a chat. */
export async function signInWithChat(
  { database, clock }: Pick<TestApp, 'database' | 'clock'>,
  names: string[],
): Promise<void> {
  const people = await database.prisma.person.findMany({ where: { name: { in: names } } })
  const account = (id: string) => ({ chat: 'flowdock', accountId: id, personId: id, name: 'Someone', sees: [] })
  const data = people.map(({ id }) => ({ ...account(id), linkedAt: clock.now() }))
  await database.prisma.chatAccount.createMany({ data })
}

export type PagePoll = { id: string; path: string; options: string[] }

/** Creates a poll through its form; leaves the browser on the poll's page. */
export async function createPoll(browser: Browser, fields: Record<string, string | string[]> = {}): Promise<PagePoll> {
  await browser.get('/polls/new')
  await browser.post('/polls', {
    title: 'Where to eat lunch?',
    description: '',
    options: ['Tres Bones', 'Noodle Bar'],
    optionsOpen: 'on',
    ...fields,
  })
  const { body } = await browser.follow()
  const options = parse(body).querySelectorAll('#vote [data-option]')
  const ids = options.map((option) => option.getAttribute('data-option') ?? '')
  const path = browser.path
  return { id: path.slice(-16), path, options: [...new Set(ids)] }
}

/** Sends a ballot, and confirms it if the page asks to. Leaves the browser on the page that follows. */
export async function castBallot(
  browser: Browser,
  path: string,
  fields: Record<string, string | string[]>,
): Promise<number> {
  let { statusCode } = await browser.post(`${path}/ballot`, fields)
  const confirm = page(browser).querySelector('#final-vote .primary')?.getAttribute('name')
  if (confirm) ({ statusCode } = await browser.post(`${path}/ballot`, { ...fields, [confirm]: '' }))
  if (statusCode === 303) await browser.follow()
  return statusCode
}

/** The page shown last, to be searched. */
export function page(browser: Browser) {
  return parse(browser.page?.body ?? '')
}

/** What a person reads at this place of the page, in one line. */
export function textOf(browser: Browser, selector: string): string {
  return textIn(page(browser).querySelector(selector)?.structuredText)
}

export function textsOf(browser: Browser, selector: string): string[] {
  return page(browser)
    .querySelectorAll(selector)
    .map((element) => textIn(element.structuredText))
}

function textIn(text: string | undefined): string {
  return (text ?? '').replace(/\s+/g, ' ').trim()
}
