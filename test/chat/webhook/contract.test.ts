import { randomUUID } from 'node:crypto'
import { newCredentials } from '../../../src/chat/webhook/signing.ts'
import { secretIn, WebhookReceiver } from '../../support/webhook-receiver.ts'
import { chatContract } from '../contract/contract.ts'
import { FaultyHttp, faultsOf } from '../contract/faulty-http.ts'
import type { ChatStage } from '../contract/stage.ts'

chatContract('A webhook', async (): Promise<ChatStage> => {
  const receiver = await WebhookReceiver.open()
  const http = await FaultyHttp.open(receiver.url)
  return {
    key: 'webhook',
    environment: { WEBHOOKS: 'any' },
    connect: async () => {
      const path = `/hooks/${randomUUID()}`
      const credentials = newCredentials(http.url + path)
      const secret = secretIn(credentials)
      receiver.secrets.set(path, secret)
      return {
        externalId: randomUUID(),
        credentials,
        secrets: [secret, path],
        messages: () =>
          receiver.at(path).map(({ headers, payload }) => messageOf(String(headers['webhook-id']), payload)),
      }
    },
    fault: faultsOf(http, {
      'rate limit': (seconds) => ({ status: 429, headers: { 'retry-after': String(seconds) } }),
      gone: { status: 410 },
    }),
    // The receiver's answer may be about its own state: only 410 is final.
    lacks: ['unauthorized', 'invalid'],
    showsRepeatsOnce: false,
    takeSent: () => http.takeSeen().map(({ body }) => body),
    connections: () => http.connections,
    close: async () => {
      await http.close()
      await receiver.close()
    },
  }
})

/** The poll and the events in words, with the texts of comments; of a new poll, also its options. */
function messageOf(id: string, { data: { poll, events } }: WebhookReceiver['received'][number]['payload']) {
  const texts = events.map(({ text, type, facts }) => {
    const options = type === 'created' ? poll.options.map(({ title }) => title) : []
    return [text, facts.body, ...options].join('\n')
  })
  return { id, text: [poll.title, ...texts].join('\n') }
}
