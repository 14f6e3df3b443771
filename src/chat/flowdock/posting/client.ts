import type { Chat, Entry, Outcome } from '../../chat.ts'
import { type Answer, type Call, Calls, NoAnswer, type Patience } from '../http.ts'
import { outcomeOf } from '../outcome.ts'
import { message } from './message.ts'

type FlowdockOptions = {
  /** Only its origin counts. */
  apiUrl: URL
  /** Where people reach Polldock, for the links in messages. */
  publicUrl: URL
  patience?: Patience
  clock?: () => Date
}

const mostErrorText = 500

/** Flowdock as a chat. The credentials are the `flow_token` of a source. */
export class FlowdockClient implements Chat {
  readonly #calls: Calls
  readonly #publicUrl: URL
  readonly #clock: () => Date

  constructor({ apiUrl, publicUrl, patience, clock = () => new Date() }: FlowdockOptions) {
    this.#calls = new Calls(apiUrl, patience)
    this.#publicUrl = publicUrl
    this.#clock = clock
  }

  async deliver(flowToken: string, entry: Entry, signal: AbortSignal): Promise<Outcome> {
    const said = message(entry, this.#publicUrl)
    const answer = await this.#send('POST', '/messages', flowToken, said, signal)
    if (answer instanceof NoAnswer) return { kind: 'later', reason: answer.message }
    return outcomeOf(answer, this.#clock())
  }

  async showError(flowToken: string, text: string, signal: AbortSignal): Promise<boolean> {
    const said = { error_message: text.slice(0, mostErrorText).toWellFormed() }
    const answer = await this.#send('PUT', '/sources', flowToken, said, signal)
    return !(answer instanceof NoAnswer) && answer.status >= 200 && answer.status < 300
  }

  /** Breaks off what is under way. */
  async close(): Promise<void> {
    await this.#calls.close()
  }

  /** What Flowdock answers may repeat what it was sent; the token is taken out before anybody sees it. */
  async #send(
    method: Call['method'],
    path: string,
    flowToken: string,
    content: object,
    signal: AbortSignal,
  ): Promise<Answer | NoAnswer> {
    const body = JSON.stringify({ flow_token: flowToken, ...content })
    const headers = { 'content-type': 'application/json', accept: 'application/json' }
    try {
      const answer = await this.#calls.send({ method, path, headers, body, signal })
      return { ...answer, text: answer.text.replaceAll(flowToken, '…') }
    } catch (error) {
      if (error instanceof NoAnswer) return error
      throw error
    }
  }
}
