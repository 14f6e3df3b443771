import type { ChatTimeouts } from '../chat.ts'
import {
  ChatHttp,
  type HttpRequest,
  type HttpResponse,
  type HttpStream,
  type StreamRequest,
} from '../http/chat-http.ts'

/** The host is always the configured one. */
export type FlowdockRequest = Omit<HttpRequest, 'origin'>

/** Requests to the configured Flowdock. */
export class FlowdockHttp {
  readonly #http: ChatHttp
  readonly #origin: string

  /** @param apiUrl only its origin is used */
  constructor(apiUrl: URL, timeouts?: ChatTimeouts) {
    this.#http = new ChatHttp({ server: 'Flowdock', timeouts })
    this.#origin = apiUrl.origin
  }

  /** @throws {NetworkError} */
  send(call: FlowdockRequest): Promise<HttpResponse> {
    return this.#http.send({ ...call, origin: this.#origin })
  }

  /** @throws {NetworkError} */
  open(call: Omit<StreamRequest, 'origin'>): Promise<HttpStream> {
    return this.#http.open({ ...call, origin: this.#origin })
  }

  close(): Promise<void> {
    return this.#http.close()
  }
}
