import { randomUUID } from 'node:crypto'
import { parse } from 'node-html-parser'
import { startJobs } from '../../src/jobs/jobs.ts'
import { openTestApp, type TestApp } from './app.ts'
import type { Browser } from './browser.ts'
import { RunningClock } from './clock.ts'
import { quickReading, quickTiming } from './flowdock-app.ts'
import { visitor } from './pages.ts'
import { type ReceivedWebhook, WebhookReceiver } from './webhook-receiver.ts'

/** A webhook that a person connected through the form. */
export type ConnectedWebhook = {
  id: string
  secret: string
  received(): ReceivedWebhook[]
  texts(): string[]
}

/** The app with all background jobs, and a receiver of webhooks, each a server. */
export type WebhookApp = TestApp & {
  receiver: WebhookReceiver
  /** @returns the webhook, and the person who connected it */
  connect(fields?: Record<string, string>): Promise<{ hook: ConnectedWebhook; owner: Browser }>
}

export async function openWebhookApp(env: Record<string, string> = {}): Promise<WebhookApp> {
  const receiver = await WebhookReceiver.open()
  const config = { timing: quickTiming, reading: quickReading }
  const app = await openTestApp({ env: { WEBHOOKS: 'any', ...env }, config, clock: new RunningClock() })
  const jobs = await startJobs(app.services, app.app.log)
  return {
    ...app,
    receiver,
    connect: async (fields) => {
      const owner = await visitor(app, 'Olga')
      const path = `/hooks/${randomUUID()}`
      const answer = await connectThrough(owner, { 'field.address': receiver.url + path, ...fields })
      const id = /^\/connections\/([^/]+)\/secret/.exec(answer.headers.location ?? '')?.[1]
      if (!id) throw new TypeError(`It was not connected: ${answer.statusCode}.`)
      await owner.follow()
      const secret = secretOn(owner)
      receiver.secrets.set(path, secret)
      const received = () => receiver.at(path)
      const texts = () => received().flatMap(({ payload }) => payload.data.events.map(({ text }) => text))
      return { hook: { id, secret, received, texts }, owner }
    },
    close: async () => {
      await jobs.stop()
      await app.close()
      await receiver.close()
    },
  }
}

/** Sends the form that connects a webhook, with what it contains at first unless told otherwise. */
export async function connectThrough(browser: Browser, fields: Record<string, string | string[]>) {
  const { body } = await browser.get('/connections/new/webhook')
  return browser.post('/connections/new/webhook', { ...fieldsIn(body), ...fields })
}

/** The fields of a form as a browser would send them. */
export function fieldsIn(html: string): Record<string, string | string[]> {
  const inputs = parse(html).querySelectorAll('main form input')
  const sent = inputs.filter(
    (input) => !/radio|checkbox/.test(input.getAttribute('type') ?? '') || input.hasAttribute('checked'),
  )
  const byName = Map.groupBy(sent, (input) => input.getAttribute('name') ?? '')
  return Object.fromEntries([...byName].map(([name, all]) => [name, all.map((one) => one.getAttribute('value') ?? '')]))
}

/** The secret on the page that is shown. */
export function secretOn(browser: Browser): string {
  return (
    parse(browser.page?.body ?? '')
      .querySelector('#secret')
      ?.getAttribute('value') ?? ''
  )
}
