import type { Poll } from '../../../polls/model/poll.ts'
import type { Chat, ChatDescription, ChatTimeouts, Entry, Outcome } from '../../chat.ts'
import { type HttpResponse, NetworkError } from '../../http/chat-http.ts'
import { FlowdockHttp, type FlowdockRequest } from '../http.ts'
import { flowdockChat } from '../ids.ts'
import { outcomeOf } from '../outcome.ts'
import { setupPath, signInPath } from '../paths.ts'
import { hasVoteButtons } from './buttons.ts'
import { message } from './message.ts'

type FlowdockOptions = {
  /** Only its origin is used. */
  apiUrl: URL
  /** The public URL of Polldock, for links in messages. */
  publicUrl: URL
  timeouts?: ChatTimeouts
  clock: () => Date
  /** Whether Polldock has started the sandbox that is at `apiUrl`. */
  isSandbox?: boolean
}

const maxErrorText = 500

/** Flowdock as a chat. The credentials are the `flow_token` of a source. */
export class FlowdockClient implements Chat {
  readonly description: ChatDescription
  readonly #calls: FlowdockHttp
  readonly #publicUrl: URL
  readonly #clock: () => Date

  constructor({ apiUrl, publicUrl, timeouts, clock, isSandbox = false }: FlowdockOptions) {
    this.description = {
      ...{ key: flowdockChat, name: 'Flowdock', room: 'flow', fullRoom: 'a Flowdock flow' },
      ...{ findsRooms: true, leaves: 'source' },
      ...{ connectPath: setupPath, signInPath, formOrigins: [apiUrl.origin] },
      sandbox: isSandbox ? apiUrl.href : undefined,
    }
    this.#calls = new FlowdockHttp(apiUrl, timeouts)
    this.#publicUrl = publicUrl
    this.#clock = clock
  }

  takesVotes(poll: Poll): boolean {
    return poll.status === 'open' && hasVoteButtons(poll)
  }

  async deliver(flowToken: string, entry: Entry, signal: AbortSignal): Promise<Outcome> {
    const said = message(entry, this.#publicUrl)
    const answer = await this.#send('POST', '/messages', flowToken, said, signal)
    if (answer instanceof NetworkError) return { kind: 'later', reason: answer.message }
    return outcomeOf(answer, this.#clock())
  }

  async showError(flowToken: string, text: string, signal: AbortSignal): Promise<boolean> {
    const said = { error_message: text.slice(0, maxErrorText).toWellFormed() }
    const answer = await this.#send('PUT', '/sources', flowToken, said, signal)
    return !(answer instanceof NetworkError) && answer.status >= 200 && answer.status < 300
  }

  /** Aborts the requests under way. */
  async close(): Promise<void> {
    await this.#calls.close()
  }

  /** Flowdock's response may repeat the request, so the token is removed from it. */
  async #send(
    method: FlowdockRequest['method'],
    path: string,
    flowToken: string,
    content: object,
    signal: AbortSignal,
  ): Promise<HttpResponse | NetworkError> {
    const body = JSON.stringify({ flow_token: flowToken, ...content })
    const headers = { 'content-type': 'application/json', accept: 'application/json' }
    try {
      const answer = await this.#calls.send({ method, path, headers, body, signal })
      return { ...answer, text: answer.text.replaceAll(flowToken, '…') }
    } catch (error) {
      if (error instanceof NetworkError) return error
      throw error
    }
  }
}
