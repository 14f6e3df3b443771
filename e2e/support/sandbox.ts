import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { compileCache } from '../../test/support/quick-start.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
/** The timeout for the start of the sandbox, in milliseconds. */
const timeoutMs = 60_000
const client = { client_id: 'tickets', client_secret: 'a secret of the ticket desk' }
const mainFlow = '/flows/acme/main'

type Json = Record<string, unknown>
export type SandboxThread = { title: string; path: string }

/** The Flowdock sandbox in its own process, and an application that posts to it. */
export class SandboxServer {
  readonly url: string
  readonly #process: ChildProcess
  readonly #flowToken: string

  private constructor(process: ChildProcess, url: string, flowToken: string) {
    this.#process = process
    this.url = url
    this.#flowToken = flowToken
  }

  /** @param callbackUri the application's callback for codes */
  static async start(callbackUri = 'https://tickets.example/callback'): Promise<SandboxServer> {
    const child = spawn(process.execPath, ['src/sandbox/main.ts'], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'inherit'],
      env: {
        PATH: process.env.PATH,
        ...compileCache,
        SANDBOX_PORT: '0',
        SANDBOX_APPLICATION_NAME: 'Ticket Desk',
        SANDBOX_CLIENT_ID: client.client_id,
        SANDBOX_CLIENT_SECRET: client.client_secret,
        SANDBOX_CALLBACK_URI: callbackUri,
        SANDBOX_SETUP_URI: 'https://tickets.example/setup?flow={flow_id}',
      },
    })
    const url = await readyAt(child)
    return new SandboxServer(child, url, await connect(url))
  }

  /** Posts an activity about a ticket. Returns the path of the thread's page. */
  async post(title: string, { thread = {}, ...entry }: Json & { thread?: Json } = {}): Promise<SandboxThread> {
    const activity = { event: 'activity', author: { name: 'Marty McFly' }, title: 'updated ticket', ...entry }
    const state = {
      title,
      status: { color: 'green', value: 'open' },
      external_url: 'https://tickets.example/1',
      ...thread,
    }
    const posted = { ...activity, external_thread_id: title.slice(0, 100), thread: state, flow_token: this.#flowToken }
    const { thread_id } = await call(this.url, '/messages', posted, { 'x-flowdock-wait-for-message': 'true' })
    return { title, path: `/app/acme/main/threads/${thread_id}` }
  }

  async stop(): Promise<void> {
    if (this.#process.exitCode !== null) return
    this.#process.kill('SIGTERM')
    await once(this.#process, 'exit')
  }
}

/** Connects the application with the main flow. */
async function connect(url: string): Promise<string> {
  const signIn = { username: 'maija@acme.example', password: 'maija-sandbox-password', scope: 'flow integration' }
  const { access_token } = await call(url, '/oauth/token', { grant_type: 'password', ...client, ...signIn })
  const headers = { authorization: `Bearer ${access_token}` }
  const { flow_token } = await call(url, `${mainFlow}/sources`, { name: 'Tickets' }, headers)
  return String(flow_token)
}

async function call(url: string, path: string, body: Json, headers: Record<string, string> = {}): Promise<Json> {
  const json = { accept: 'application/json', 'content-type': 'application/json' }
  const sent = { method: 'POST', headers: { ...json, ...headers }, body: JSON.stringify(body) }
  const response = await fetch(`${url}${path}`, sent)
  if (!response.ok) throw new Error(`${path} answered ${response.status}: ${await response.text()}`)
  return (await response.json()) as Json
}

/** Waits for the line with the address. */
function readyAt(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs)
    let said = ''
    child.stdout?.on('data', (text: Buffer) => {
      said += text
      const url = /ready: (http\S+)\//.exec(said)?.[1]
      if (!url) return
      clearTimeout(timer)
      resolve(url)
    })
    child.once('exit', () => reject(new Error(`The sandbox did not start. It said: ${said}`)))
  })
}
