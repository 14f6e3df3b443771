import { connect, type Socket } from 'node:net'

export type BenchResponse = { status: number; bytes: number; body: () => string }

type Pending = { resolve(answer: BenchResponse): void; reject(error: Error): void }

/**
 * One keep-alive connection of HTTP/1.1, with one request at a time. It uses far less processor time than a full
 * client. It understands only responses with a Content-Length.
 */
export class BenchConnection {
  readonly #socket: Socket
  #pending: Pending | undefined
  #chunks: Buffer[] = []
  #status = 0
  /** Bytes of the response still to come; undefined while its head is incomplete. */
  #missing: number | undefined

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.setNoDelay(true)
    socket.on('data', (chunk) => this.#read(chunk))
    socket.on('error', (error) => this.#fail(error))
    socket.on('close', () => this.#fail(new Error('The server closed the connection')))
  }

  static open(port: number): Promise<BenchConnection> {
    return new Promise((resolve, reject) => {
      const socket = connect(port, '127.0.0.1', () => resolve(new BenchConnection(socket)))
      socket.once('error', reject)
    })
  }

  /** @throws when the connection breaks before the complete response */
  send(request: string): Promise<BenchResponse> {
    return new Promise((resolve, reject) => {
      this.#pending = { resolve, reject }
      this.#socket.write(request, 'latin1')
    })
  }

  close(): void {
    this.#socket.destroy()
  }

  #read(chunk: Buffer): void {
    this.#chunks.push(chunk)
    if (this.#missing === undefined) this.#readHead(this.#chunks.length === 1 ? chunk : Buffer.concat(this.#chunks))
    else this.#missing -= chunk.length
    if (this.#missing === 0) this.#finish()
    else if (this.#missing !== undefined && this.#missing < 0) this.#fail(new Error('More came than was announced'))
  }

  #readHead(received: Buffer): void {
    const end = received.indexOf('\r\n\r\n')
    if (end < 0) return
    const head = received.toString('latin1', 0, end)
    const length = /\r\ncontent-length: (\d+)/i.exec(head)?.[1]
    this.#status = Number(head.slice(9, 12))
    if (length === undefined) this.#fail(new Error(`An answer without Content-Length:\n${head}`))
    else this.#missing = end + 4 + Number(length) - received.length
  }

  #finish(): void {
    const chunks = this.#chunks
    const pending = this.#pending
    this.#chunks = []
    this.#missing = undefined
    this.#pending = undefined
    pending?.resolve({
      status: this.#status,
      bytes: chunks.reduce((sum, { length }) => sum + length, 0),
      body: () => Buffer.concat(chunks).toString().split('\r\n\r\n').slice(1).join('\r\n\r\n'),
    })
  }

  #fail(error: Error): void {
    this.#pending?.reject(error)
    this.#pending = undefined
    this.#socket.destroy()
  }
}
