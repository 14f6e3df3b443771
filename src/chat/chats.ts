import type { Config } from '../config.ts'
import type { OpenChat } from './chat.ts'
import { openFlowdock } from './flowdock/open.ts'

/** How long a request to a chat may take, in milliseconds: to connect, and in total. */
type ChatOptions = { timeouts: { connectMs: number; totalMs: number }; clock: () => Date }

/** The chats that Polldock knows. Each opens itself if it is configured. Their routes are in `routes.ts`. */
const known = [{ open: openFlowdock, variable: 'FLOWDOCK_API_URL' }]

/** The environment variable that sets each of them up. */
export const chatVariables: readonly string[] = known.map(({ variable }) => variable)

export function openChats(config: Config, options: ChatOptions): OpenChat[] {
  return known.map(({ open }) => open(config, options)).filter((chat) => chat !== undefined)
}
