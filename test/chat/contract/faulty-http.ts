import { once } from 'node:events'
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { type ChatFault, FaultQueue, type StagedRoom } from './stage.ts'

/** A request that arrived, and its body. */
export type SeenRequest = { method: string; path: string; body: string }

type Answer = { status: number; body?: string; headers?: Record<string, string> }
type TransportFault = Exclude<ChatFault, { kind: keyof ChatAnswers }>

/** How an HTTP API says what its chat means: an answer, or for a room that is gone, what someone does to it. */
export type ChatAnswers = {
  'rate limit'?: (seconds: number) => Answer
  gone?: Answer | ((room: StagedRoom) => unknown)
  unauthorized?: Answer
  invalid?: Answer
}

/** Whether a request posts a message. */
type IsMessage = (method: string, path: string) => boolean

/** An HTTP server in front of a stand-in that breaks what passes on command. */
export class FaultyHttp {
  readonly #target: URL
  readonly #isMessage: IsMessage
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  readonly #seen: SeenRequest[] = []
  readonly #faults = new FaultQueue<TransportFault>()
  #port = 0

  private constructor(target: string, isMessage: IsMessage) {
    this.#target = new URL(target)
    this.#isMessage = isMessage
    this.#server = createServer((incoming, response) => void this.#handle(incoming, response))
    this.#server.on('connection', (socket) => {
      this.#sockets.add(socket)
      socket.on('error', () => {}).on('close', () => this.#sockets.delete(socket))
    })
  }

  /** @param isMessage by default, every request posts a message */
  static async open(target: string, isMessage: IsMessage = () => true): Promise<FaultyHttp> {
    const opened = new FaultyHttp(target, isMessage)
    await opened.#listen()
    return opened
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`
  }

  get connections(): number {
    return this.#sockets.size
  }

  /** The requests since this was called last. */
  takeSeen(): SeenRequest[] {
    return this.#seen.splice(0)
  }

  async set(fault: TransportFault | undefined): Promise<void> {
    this.#faults.set(fault)
    if (fault?.kind === 'down') await this.close()
    else if (!this.#server.listening) await this.#listen()
  }

  async close(): Promise<void> {
    if (!this.#server.listening) return
    const closed = once(this.#server, 'close')
    this.#server.close()
    for (const socket of this.#sockets) socket.resetAndDestroy()
    await closed
  }

  async #listen(): Promise<void> {
    this.#server.listen(this.#port, '127.0.0.1')
    await once(this.#server, 'listening')
    this.#port = (this.#server.address() as AddressInfo).port
  }

  async #handle(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = 'GET', url: path = '/', socket } = incoming
    try {
      const body = await buffer(incoming)
      this.#seen.push({ method, path, body: body.toString() })
      const fault = this.#faults.take(this.#isMessage(method, path))
      if (fault?.kind === 'slow') await sleep(fault.ms)
      if (!fault || fault.kind === 'slow') return await this.#pass(incoming, body, response)
      if (fault.kind !== 'lost answer') return misbehave(fault, response)
      await this.#pass(incoming, body)
      socket.resetAndDestroy()
    } catch {
      socket.destroy()
    }
  }

  /** Without a response, nobody gets the answer. */
  async #pass({ method, url, headers }: IncomingMessage, body: Buffer, response?: ServerResponse): Promise<void> {
    const { hostname, port } = this.#target
    const passed = request({ hostname, port, method, path: url, headers: { ...headers, connection: 'close' } })
    passed.end(body)
    const [answer] = (await once(passed, 'response')) as [IncomingMessage]
    const text = await buffer(answer)
    response?.writeHead(answer.statusCode ?? 502, withoutHops(answer)).end(text)
  }
}

/** These headers are about one connection. */
function withoutHops({ headers }: IncomingMessage) {
  const { connection: _connection, 'keep-alive': _keepAlive, 'transfer-encoding': _encoding, ...others } = headers
  return others
}

function misbehave(fault: TransportFault, response: ServerResponse): void {
  const { socket } = response
  switch (fault.kind) {
    case 'answer':
      response.writeHead(fault.status, fault.headers).end(fault.body)
      break
    case 'endless': {
      response.writeHead(fault.status, { 'content-type': 'application/json' })
      const write = () => {
        while (!response.destroyed && response.write('x'.repeat(10_000)));
      }
      response.on('drain', write)
      write()
      break
    }
    case 'half':
      response.writeHead(fault.status, { 'content-type': 'application/json' }).flushHeaders()
      break
    case 'cut':
      response.writeHead(fault.status, { 'content-type': 'application/json', 'content-length': 100 })
      response.write('{"half', () => socket?.destroy())
      break
    case 'no http':
      socket?.end('SSH-2.0-example\r\n')
      break
    case 'close':
      socket?.destroy()
      break
    case 'drop':
      socket?.resetAndDestroy()
      break
    default:
  }
}

/** `ChatStage.fault` of a chat with an HTTP API. A fault that `answers` lacks belongs into `lacks`. */
export function faultsOf(http: FaultyHttp, answers: ChatAnswers) {
  return async (fault: ChatFault | undefined, room: StagedRoom): Promise<void> => {
    if (!fault || !(fault.kind in answers)) return http.set(fault as TransportFault | undefined)
    const { kind, ...aim } = fault
    const said = kind === 'rate limit' ? answers[kind]?.(fault.seconds) : answers[kind as 'gone']
    if (typeof said === 'function') await said(room)
    else if (said) await http.set({ kind: 'answer', ...said, ...aim })
  }
}
