import { setTimeout as sleep } from 'node:timers/promises'
import { createGuest, createPoll } from '../../test/support/api-calls.ts'
import { WebhookReceiver } from '../../test/support/webhook-receiver.ts'
import { DrillBrowser } from '../browser.ts'
import type { Finding } from '../drill.ts'
import type { Stack } from './stack.ts'

const path = '/hook'
const deliveredMs = 15_000

/** A webhook that a person connected in the browser. Its secret is stored encrypted. */
export class ConnectedWebhook implements AsyncDisposable {
  readonly #receiver: WebhookReceiver
  readonly #browser: DrillBrowser
  readonly #secretPath: string
  readonly #secret: string

  private constructor(receiver: WebhookReceiver, browser: DrillBrowser, secretPath: string, secret: string) {
    this.#receiver = receiver
    this.#browser = browser
    this.#secretPath = secretPath
    this.#secret = secret
  }

  static async connect(stack: Stack): Promise<ConnectedWebhook> {
    // Containers reach this machine at the address of their gateway.
    const receiver = await WebhookReceiver.open('0.0.0.0')
    const gateway = '{{(index .IPAM.Config 0).Gateway}}'
    const host = await stack.sh(`docker network inspect --format '${gateway}' ${stack.name}_web`)
    const browser = new DrillBrowser()
    const form = '/connections/new/webhook'
    await browser.get(stack.url, form)
    const { location, status } = await browser.post(stack.url, form, {
      'field.address': `http://${host}:${receiver.port}${path}`,
      'field.name': 'Drill',
      which: 'all',
      kind: 'lifecycle',
      start: 'new-polls',
      displayName: 'Olga',
    })
    const [secretPath = ''] = location.split('?')
    const { text } = await browser.get(stack.url, secretPath)
    const secret = secretOn(text)
    if (!secret) throw new Error(`The webhook was not connected: ${status}.`)
    receiver.secrets.set(path, secret)
    return new ConnectedWebhook(receiver, browser, secretPath, secret)
  }

  /** Looks with the session of the person who connected it, and waits for a message about a new poll. */
  async isKnownAt(url: string): Promise<Finding[]> {
    const { status, text } = await this.#browser.get(url, this.#secretPath)
    const isShown = secretOn(text) === this.#secret
    const { id } = await createPoll(url, await createGuest(url, 'Pia'))
    const isHere = () => this.#receiver.at(path).some(({ payload }) => payload.data.poll.id === id)
    const deadline = performance.now() + deliveredMs
    while (!isHere() && performance.now() < deadline) await sleep(100)
    return [
      {
        promise: 'a session from before is valid there, and an encrypted secret of a connection is the same',
        found: isShown ? 'they are' : `${status}, ${text.includes('id="secret"') ? 'another secret' : 'no secret'}`,
        kept: isShown,
      },
      {
        promise: 'a message about a new poll is delivered to the connection, signed with its secret',
        found: isHere() ? 'it is' : `none in ${deliveredMs / 1_000} s, ${this.#receiver.refused.length} refused`,
        kept: isHere(),
      },
    ]
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#receiver.close()
  }
}

function secretOn(page: string): string {
  return /id="secret"[^>]* value="(whsec_[^"]+)"/.exec(page)?.[1]?.replaceAll('&#x3D;', '=') ?? ''
}
