import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { Webhook as StandardWebhook } from 'standardwebhooks'
import { Webhook as SvixWebhook } from 'svix'
import type { PollJson } from '../../src/api/representation.ts'
import { readCredentials } from '../../src/chat/webhook/signing.ts'

/** The body of a webhook. */
export type Payload = {
  type: string
  timestamp: string
  data: {
    poll: Omit<PollJson, 'myChoices' | 'hasVoted'>
    events: { revision: number; type: string; text: string; actor: { name: string } | null; facts: { body?: string } }[]
    movedAway: boolean
  }
}

export type ReceivedWebhook = { path: string; headers: IncomingHttpHeaders; body: string; payload: Payload }

/** A message that the libraries did not accept, and what they said. */
export type RefusedWebhook = Omit<ReceivedWebhook, 'payload'> & { reason: string }

/** An HTTP server that gets webhooks. It answers 401 to what the secret of a path does not verify, else `answer`. */
export class WebhookReceiver {
  readonly received: ReceivedWebhook[] = []
  readonly refused: RefusedWebhook[] = []
  /** By path. */
  readonly secrets = new Map<string, string>()
  answer: (response: ServerResponse) => unknown = (response) => response.writeHead(204).end()
  readonly #server = createServer(async (request, response) => {
    const body = (await buffer(request)).toString()
    const { url: path = '', headers } = request
    try {
      const payload = verified(this.secrets.get(path) ?? '', body, headers)
      this.received.push({ path, headers, body, payload })
      this.answer(response)
    } catch (error) {
      this.refused.push({ path, headers, body, reason: (error as Error).message })
      response.writeHead(401).end()
    }
  })

  static async open(host = '127.0.0.1'): Promise<WebhookReceiver> {
    const receiver = new WebhookReceiver()
    await once(receiver.#server.listen(0, host), 'listening')
    return receiver
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  at(path: string): ReceivedWebhook[] {
    return this.received.filter((one) => one.path === path)
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections()
    this.#server.close()
  }
}

/** What both libraries make of a webhook. @throws what one of them says against it */
export function verified(secret: string, body: string, headers: IncomingHttpHeaders): Payload {
  const own = headers as Record<string, string>
  const payload = new StandardWebhook(secret).verify(body, own)
  new SvixWebhook(secret).verify(body, own)
  return payload as Payload
}

/** The header with which a library signs this message at its time. */
export function signedWith(secret: string, { headers, body }: Pick<ReceivedWebhook, 'headers' | 'body'>): string {
  const { 'webhook-id': id, 'webhook-timestamp': timestamp } = headers as Record<string, string>
  return new StandardWebhook(secret).sign(id ?? '', new Date(Number(timestamp) * 1_000), body)
}

/** The secret in a connection's credentials. */
export function secretIn(credentials: string): string {
  return readCredentials(credentials)?.secret ?? ''
}
