import { z } from 'zod'
import { type Config, type Environment, readVariables } from '../../config.ts'
import { type ChatOptions, connectingPath, type OpenChat, type Outcome } from '../chat.ts'
import { isPublicAddress } from '../http/addresses.ts'
import { answered } from '../http/answers.ts'
import { ChatHttp, type HttpResponse, NetworkError } from '../http/chat-http.ts'
import { retryAfterMs } from '../http/retry-after.ts'
import { typedAddress } from '../http/typed-address.ts'
import { connectingForm } from './connecting.ts'
import { payload } from './payload.ts'
import { readCredentials, signatureOf, signing } from './signing.ts'

const offer = 'Connect a webhook to post each event of the polls to another program, signed.'
const about = { key: 'webhook', name: 'Webhook', room: 'webhook', fullRoom: 'a webhook', isOneWay: true, offer }
const variables = z.object({ WEBHOOKS: z.enum(['off', 'public', 'any'], 'must be off, public or any').default('off') })
export const readWebhookVariables = (environment: Environment) => readVariables(variables, environment)

/**
 * Webhooks as a chat: each message is posted to an address that a person typed.
 *
 * @returns undefined when webhooks are off
 * @see https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 */
export function openWebhook(config: Config, { timeouts, clock }: ChatOptions): OpenChat | undefined {
  const { WEBHOOKS: allowed } = readWebhookVariables(config.environment)
  if (allowed === 'off') return undefined
  const mayConnect = allowed === 'public' ? isPublicAddress : () => true
  const http = new ChatHttp({ server: 'the receiver', timeouts, mayConnect })
  const chat: OpenChat['chat'] = {
    description: { ...about, connectPath: connectingPath(about.key), formOrigins: [] },
    connecting: connectingForm(typedAddress(mayConnect, allowed === 'any' ? ['https:', 'http:'] : ['https:'])),
    signing,
    takesVotes: () => false,

    async deliver(credentials, entry, signal) {
      const stored = readCredentials(credentials)
      if (!stored) return { kind: 'unauthorized', reason: 'The stored secret is damaged. Connect the webhook again.' }
      const { origin, pathname, search } = new URL(stored.url)
      const now = clock()
      const timestamp = Math.floor(now.getTime() / 1_000)
      const body = JSON.stringify(payload(entry, config.publicUrl))
      const headers = {
        ...{ 'content-type': 'application/json', 'user-agent': 'Polldock' },
        'webhook-id': entry.uuid,
        'webhook-timestamp': String(timestamp),
        'webhook-signature': signatureOf(`${entry.uuid}.${timestamp}.${body}`, stored, now),
      }
      const request = { method: 'POST', origin, path: pathname + search, headers, body, signal } as const
      const answer = await http.send(request).catch((error) => error)
      if (answer instanceof NetworkError) return { kind: 'later', reason: answer.message }
      return outcomeOf(answer, now)
    },

    close: () => http.close(),
  }
  return { chat }
}

/** Every other status can change: a receiver that does not know the secret yet answers 400 or 401. */
function outcomeOf({ status, retryAfter }: HttpResponse, now: Date): Outcome {
  if (status >= 200 && status < 300) return { kind: 'sent' }
  if (status === 410) return { kind: 'gone', reason: 'The receiver wants no more messages: it answered 410.' }
  return { kind: 'later', reason: answered('The receiver', status), afterMs: retryAfterMs(retryAfter, now) }
}
