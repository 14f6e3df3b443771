import { type Config, ConfigError, type Environment } from '../config.ts'
import type { ChatOptions, OpenChat } from './chat.ts'
import { readFlowdockVariables } from './flowdock/config.ts'
import { openFlowdock } from './flowdock/open.ts'
import { readMatrixConfig } from './matrix/config.ts'
import { openMatrix } from './matrix/open.ts'
import { openWebhook, readWebhookVariables } from './webhook/webhook.ts'

type KnownChat = {
  /** Opens the chat if it is configured. */
  open(config: Config, options: ChatOptions): OpenChat | undefined
  /** The environment variable that sets it up. */
  variable: string
  /** Throws a `ConfigError` if its variables are wrong. */
  check(environment: Environment): unknown
}

/** The chats that Polldock knows. Their routes are in `routes.ts`. */
const known: readonly KnownChat[] = [
  { open: openFlowdock, variable: 'FLOWDOCK_API_URL', check: readFlowdockVariables },
  { open: openMatrix, variable: 'MATRIX_HOMESERVER_URL', check: readMatrixConfig },
  { open: openWebhook, variable: 'WEBHOOKS', check: readWebhookVariables },
]

export const chatVariables: readonly string[] = known.map(({ variable }) => variable)

export function openChats(config: Config, options: ChatOptions): OpenChat[] {
  return known.map(({ open }) => open(config, options)).filter((chat) => chat !== undefined)
}

/** What is wrong with the variables of all chats, one line for each. */
export function chatProblems(environment: Environment): string[] {
  return known.flatMap(({ check }) => {
    try {
      check(environment)
      return []
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error
      return error.message.split('\n').map((line) => line.trim())
    }
  })
}
