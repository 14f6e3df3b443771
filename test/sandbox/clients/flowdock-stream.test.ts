import { Agent } from 'node:https'
import { createRequire } from 'node:module'
import { connect } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { type Box, openSandbox } from '../box.ts'
import { say } from '../documented/setting.ts'

/*
 * The package `flowdock-stream` as it was last published, unchanged. It has the addresses of the hosted service, and takes only
 * options of requests: these connect all of its requests with the sandbox. Its `Host` headers still name Flowdock's hosts.
 */

type Message = Record<string, unknown>
type Client = {
  on(event: 'data', listener: (message: Message) => void): void
  once(event: 'ready' | 'end', listener: () => void): void
  send(flow: string, message: string, commentTo?: number): void
  getUsers(flow: string, callback: (error: Error | null, users: Record<number, string>) => void): void
  flows: Record<string, { users: Record<number, string>; name: string; urikey: string }>
}

const { createClient }: { createClient(org: string, flow: string, token: string, options: object): Client } =
  createRequire(import.meta.url)('flowdock-stream')

/** Connects every host with the sandbox, without TLS. */
class SandboxAgent extends Agent {
  readonly #port: number

  constructor({ url }: Box) {
    super()
    this.#port = Number(new URL(url).port)
  }

  override createConnection() {
    return connect(this.#port, '127.0.0.1')
  }
}

test('flowdock-stream lists people, streams a flow, writes and comments', async () => {
  const box = await openSandbox()
  const agent = new SandboxAgent(box)
  onTestFinished(() => agent.destroy())
  const client = createClient('acme', 'lunch-club', 'maija-sandbox-api-token', { agent })
  const messages: Message[] = []
  client.on('data', (message) => messages.push(message))
  await new Promise<void>((resolve) => client.once('ready', resolve))
  expect(Object.values(client.flows)).toMatchObject([{ users: { 1: 'Maija', 2: 'Ben' }, urikey: 'acme/lunch-club' }])
  const users = await new Promise((resolve) => client.getUsers('lunch-club', (_error, users) => resolve(users)))
  expect(users).toMatchObject({ 2: 'Ben', 3: 'Chen' })

  // `ready` comes before the stream is open.
  const heard = async () => {
    await say(box, 'Hello?', '/flows/acme/lunch-club/messages')
    return messages.length
  }
  await expect.poll(heard).toBeGreaterThan(0)
  client.send('lunch-club', 'Lunch?')
  await expect.poll(() => messages.at(-1)).toMatchObject({ event: 'message', content: 'Lunch?', user: '1' })
  client.send('lunch-club', 'Pizza', Number(messages.at(-1)?.id))
  await expect
    .poll(() => messages.at(-1))
    .toMatchObject({ event: 'comment', content: { title: 'Lunch?', text: 'Pizza' } })
  // The client cannot end its stream.
  const ended = new Promise<void>((resolve) => client.once('end', resolve))
  await box.app.close()
  await ended
})
