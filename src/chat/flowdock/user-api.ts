import { z } from 'zod'
import { type HttpResponse, NetworkError } from '../http/chat-http.ts'
import { FlowdockError, unreachable } from './flowdock-error.ts'
import { FlowdockHttp, type FlowdockRequest } from './http.ts'
import { whatItSaid } from './outcome.ts'
import {
  type Flow,
  type FlowdockUser,
  flow,
  messageIds,
  type NewSource,
  newSource,
  read,
  sources,
  threads,
  user,
} from './responses.ts'

const maxFlows = 200
/** In bytes. Lists are longer than other responses. */
const maxListed = 4 * 1024 * 1024

/** Flowdock's API in the name of a person who signed in there. Every error is thrown as `FlowdockError`. */
export class FlowdockUserApi {
  readonly #calls: FlowdockHttp

  /** @param apiUrl only its origin is used */
  constructor(apiUrl: URL) {
    this.#calls = new FlowdockHttp(apiUrl)
  }

  async user(accessToken: string): Promise<FlowdockUser> {
    return read(user, await this.#get('/user', accessToken), 'your name')
  }

  /** @param by the flow's id or path */
  async flow(accessToken: string, by: { id: string } | { path: string }): Promise<Flow> {
    const path = 'id' in by ? `/flows/find?${new URLSearchParams({ id: by.id })}` : by.path
    return read(flow, await this.#get(path, accessToken), 'the flow')
  }

  /** The flows of this person. */
  async flows(accessToken: string): Promise<Flow[]> {
    return read(z.array(flow), await this.#get('/flows', accessToken), 'your flows').slice(0, maxFlows)
  }

  /** The threads of the flow, last updated first. @param until only those that were updated before */
  async threads(accessToken: string, flowPath: string, { until, signal }: { until?: string; signal: AbortSignal }) {
    const query = until === undefined ? '' : `?${new URLSearchParams({ until })}`
    const answer = await this.#get(`${flowPath}/threads${query}`, accessToken, signal)
    return read(threads, answer, 'the threads of the flow')
  }

  /** The id of the newest message of the flow; 0 when there is none. */
  async lastMessageId(accessToken: string, flowPath: string): Promise<number> {
    const answer = await this.#get(`${flowPath}/messages?limit=1`, accessToken)
    return read(messageIds, answer, 'the messages of the flow').at(-1)?.id ?? 0
  }

  async visibleSources(accessToken: string): Promise<string[]> {
    const answer = await this.#get('/sources', accessToken)
    return read(sources, answer, 'your sources').map((source) => source.id)
  }

  async createSource(
    accessToken: string,
    flowPath: string,
    source: { name: string; external_url: string },
  ): Promise<NewSource> {
    const path = `${flowPath}/sources`
    const answer = await this.#send({ method: 'POST', path, body: JSON.stringify(source) }, accessToken)
    const created = read(newSource, answer, 'a source')
    return { id: created.id, path: `${path}/${created.id}`, flowToken: created.flow_token }
  }

  /** Resolves if this person may read the source; rejects otherwise. */
  async readSource(accessToken: string, path: string): Promise<void> {
    await this.#get(path, accessToken)
  }

  async deleteSource(accessToken: string, path: string): Promise<void> {
    await this.#send({ method: 'DELETE', path }, accessToken)
  }

  /** Resolves to true when the source is gone, also if it was before; to false when this person may not remove it. */
  async removeSource(accessToken: string, path: string): Promise<boolean> {
    try {
      await this.deleteSource(accessToken, path)
      return true
    } catch (error) {
      if (!(error instanceof FlowdockError) || ![403, 404].includes(error.statusCode)) throw error
      return error.statusCode === 404
    }
  }

  /** Aborts the requests under way. */
  async close(): Promise<void> {
    await this.#calls.close()
  }

  #get(path: string, accessToken: string, signal?: AbortSignal): Promise<HttpResponse> {
    return this.#send({ method: 'GET', path, maxBytes: maxListed, ...(signal && { signal }) }, accessToken)
  }

  async #send(call: FlowdockRequest, accessToken: string): Promise<HttpResponse> {
    const headers = {
      authorization: `Bearer ${accessToken}`,
      accept: 'application/json',
      ...(call.body !== undefined && { 'content-type': 'application/json' }),
    }
    try {
      const answer = await this.#calls.send({ ...call, headers })
      const trouble = troubleOf(answer)
      if (trouble) throw trouble
      return answer
    } catch (error) {
      if (error instanceof NetworkError) throw unreachable(error.message, unknown[call.method])
      throw error
    }
  }
}

/** What may have changed although no response came. */
const unknown: Partial<Record<FlowdockRequest['method'], string>> = {
  POST: 'It may have created the source. If the inbox settings of the flow show it, remove it there. Then try again.',
  DELETE: 'It may have removed the source. The flow is still connected here. Try again in a moment.',
}

function troubleOf(answer: HttpResponse): FlowdockError | undefined {
  const { status } = answer
  if (status >= 200 && status < 300) return undefined
  if (status >= 500 || status === 429) return unreachable(whatItSaid(answer))
  if (status === 404 || status === 410) {
    const message = 'It was removed in Flowdock, or you may not see it there.'
    return new FlowdockError(404, 'Not found in Flowdock', message)
  }
  if (status === 401 || status === 403) {
    const message = 'You may not do that in Flowdock. Ask a member of the flow, or sign in with another account.'
    return new FlowdockError(403, 'Flowdock does not allow that', message)
  }
  return new FlowdockError(502, 'Flowdock did not accept that', `${whatItSaid(answer)} Nothing was changed.`)
}
