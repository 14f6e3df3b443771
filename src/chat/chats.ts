import type { Config } from '../config.ts'
import type { ChatOptions, OpenChat } from './chat.ts'
import { openFlowdock } from './flowdock/open.ts'
import { openMatrix } from './matrix/open.ts'

/** The chats that Polldock knows. Each opens itself if it is configured. Their routes are in `routes.ts`. */
const known = [
  { open: openFlowdock, variable: 'FLOWDOCK_API_URL' },
  { open: openMatrix, variable: 'MATRIX_HOMESERVER_URL' },
]

/** The environment variable that sets each of them up. */
export const chatVariables: readonly string[] = known.map(({ variable }) => variable)

export function openChats(config: Config, options: ChatOptions): OpenChat[] {
  return known.map(({ open }) => open(config, options)).filter((chat) => chat !== undefined)
}
