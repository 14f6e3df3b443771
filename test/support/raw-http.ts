import { once } from 'node:events'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { createGuest, createPoll } from './api-calls.ts'

/** Begins the request that makes a guest: its headers have been read by the server, its body is still to be sent. */
export async function beginGuest(port: number): Promise<{ finish(body: string): Promise<string> }> {
  const socket = connect(port, '127.0.0.1')
  const length = Buffer.byteLength('{"name":"Ann"}')
  socket.write(
    'POST /api/guests HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nExpect: 100-continue\r\n' +
      `Content-Type: application/json\r\nContent-Length: ${length}\r\n\r\n`,
  )
  await once(socket, 'data')
  return {
    finish: (body) => {
      socket.write(body)
      return text(socket)
    },
  }
}

export function takesConnections(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  return new Promise((resolve) => {
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
  }).finally(() => socket.destroy()) as Promise<boolean>
}

/** Watches a new poll's stream. `ended` resolves however it ends. */
export async function openStream(url: string): Promise<{ ended: Promise<unknown> }> {
  const { id } = await createPoll(url, await createGuest(url, 'Ann'))
  const stream = await fetch(`${url}/api/polls/${id}/stream`, { headers: { accept: 'text/event-stream' } })
  return { ended: stream.text().catch(() => {}) }
}
