import type { FastifyInstance, LightMyRequestResponse } from 'fastify'
import type { PollJson } from '../../src/api/representation.ts'

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
type Headers = Record<string, string>
type Body = object | string

/** Uses the API as a program does. */
export class Client {
  readonly #app: FastifyInstance
  readonly headers: Headers

  constructor(app: FastifyInstance, headers: Headers = {}) {
    this.#app = app
    this.headers = headers
  }

  send(method: Method, url: string, payload?: Body, headers: Headers = {}): Promise<LightMyRequestResponse> {
    return this.#app.inject({ method, url: `/api${url}`, payload, headers: { ...this.headers, ...headers } })
  }

  get(url: string, headers?: Headers): Promise<LightMyRequestResponse> {
    return this.send('GET', url, undefined, headers)
  }

  /** Creates a poll, with the options Noodles and Soup by default. */
  async newPoll(poll: object = {}): Promise<PollJson> {
    const response = await this.send('POST', '/polls', { title: 'Lunch?', options: ['Noodles', 'Soup'], ...poll })
    if (response.statusCode !== 201) throw new Error(response.body)
    return response.json()
  }

  /** Votes for the option at this index of the poll. */
  vote(poll: PollJson, place: number, headers?: Headers): Promise<LightMyRequestResponse> {
    return this.send('PUT', `/polls/${poll.id}/ballot`, { choices: [poll.options[place]?.id] }, headers)
  }
}

/** A client that acts as a new guest. */
export async function newGuest(app: FastifyInstance, name = 'Ada'): Promise<Client & { id: string }> {
  const response = await app.inject({ method: 'POST', url: '/api/guests', payload: { name } })
  const { person, token } = response.json()
  return Object.assign(new Client(app, { authorization: `Bearer ${token}` }), { id: person.id as string })
}

/** An id without a poll. */
export const noPoll = 'nosuchpollanywhr'
