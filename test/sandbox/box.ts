import { onTestFinished } from 'vitest'
import type { Scope } from '../../src/sandbox/identity.ts'
import { buildSandbox, type Sandbox, type SandboxOptions } from '../../src/sandbox/sandbox.ts'
import { connect } from '../../src/sandbox/state/inbox.ts'
import type { Application, Source } from '../../src/sandbox/state/types.ts'

export const application: Application = {
  id: 1,
  name: 'Ticket Desk',
  url: 'https://tickets.example/',
  iconUrl: null,
  clientId: 'tickets',
  clientSecret: 'a secret of the ticket desk',
  callbackUri: 'https://tickets.example/callback',
  setupUri: 'https://tickets.example/setup?flow={flow_id}',
  configurationUri: 'https://tickets.example/configure?source={source_id}',
}

type Json = Record<string, unknown>
type Answer<Body> = { status: number; headers: Headers; body: Body }
export type Call = <Body = Json>(
  method: string,
  path: string,
  body?: unknown,
  headers?: Record<string, string>,
) => Promise<Answer<Body>>

type Nick = 'maija' | 'ben' | 'chen' | 'rosa'

/** A running sandbox. */
export type Box = Sandbox & {
  url: string
  /** Sends requests without any credentials. */
  call: Call
  /** Sends requests as one of the users, by their API token. */
  as(nick: Nick): Call
  /** An access token of an application for one of the users. */
  token(nick: Nick, scopes: Scope[], client?: Application): string
  /** Sends requests for Maija with an access token of the application. */
  withScopes(...scopes: Scope[]): Call
  /** Connects the application with the main flow. */
  connect(name?: string): Source
}

export async function openSandbox(options: Partial<SandboxOptions> = {}): Promise<Box> {
  const box = await startSandbox(options)
  onTestFinished(async () => box.app.close())
  return box
}

/** Opens a sandbox for a part of a test. */
export async function withSandbox<Result>(use: (box: Box) => Promise<Result>): Promise<Result> {
  const box = await startSandbox()
  try {
    return await use(box)
  } finally {
    await box.app.close()
  }
}

async function startSandbox(options: Partial<SandboxOptions> = {}): Promise<Box> {
  const sandbox = await buildSandbox({ applications: [application], ...options })
  const url = await sandbox.app.listen({ host: '127.0.0.1', port: 0 })
  const [main] = sandbox.world.flows
  const [maija] = sandbox.world.users
  if (!main || !maija) throw new Error('The sandbox is empty.')
  const token: Box['token'] = (nick, scopes, client = application) => {
    const user = sandbox.world.users.find((user) => user.nick.toLowerCase() === nick) ?? maija
    return sandbox.grants.signIn(user, client, new Set(scopes)).accessToken
  }
  return {
    ...sandbox,
    url,
    call: caller(url, {}),
    as: (nick) => caller(url, { authorization: basic(`${nick}-sandbox-api-token`) }),
    token,
    withScopes: (...scopes) => caller(url, { authorization: `Bearer ${token('maija', scopes)}` }),
    connect: (name = 'Tickets') => connect(main, { name, externalUrl: null, application, creator: maija }),
  }
}

export const basic = (name: string, password = '') => `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}`

/** The header that requests the message in the reply. */
export const waiting = { 'x-flowdock-wait-for-message': 'true' }
export const form = { 'content-type': 'application/x-www-form-urlencoded' }

/** The example of Flowdock's guide. */
export const ticket = {
  event: 'activity',
  author: { name: 'Marty', avatar: 'https://avatars.example/marty' },
  title: 'updated ticket',
  external_thread_id: '1234567',
  thread: {
    title: 'Polish the flux capacitor',
    fields: [{ label: 'Dustiness', value: '5 - severe' }],
    body: 'The flux capacitor has been in storage for more than 30 years.',
    external_url: 'https://example.com/projects/bttf/tickets/1234567',
    status: { color: 'green', value: 'open' },
  },
}

/** A body that is an object is sent as JSON, a text as it is. */
function caller(url: string, own: Record<string, string>): Call {
  return async <Body>(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) => {
    const sent = typeof body === 'string' || body === undefined ? body : JSON.stringify(body)
    const json: Record<string, string> = sent === undefined ? {} : { 'content-type': 'application/json' }
    const response = await fetch(`${url}${path}`, {
      method,
      headers: { ...own, ...json, ...headers },
      ...(sent !== undefined && { body: sent }),
      signal: AbortSignal.timeout(10_000),
    })
    const text = await response.text()
    return { status: response.status, headers: response.headers, body: (text ? JSON.parse(text) : undefined) as Body }
  }
}
