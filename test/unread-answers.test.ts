import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { asset } from '../src/server/assets.ts'
import { newGuest } from './api/client.ts'
import { streamHead } from './support/abort-streams.ts'
import { openTestApp } from './support/app.ts'
import { closedAtEnd } from './support/at-end.ts'
import { openStream } from './support/event-stream.ts'

const timeouts = { unread: 600, heartbeat: 100 }

const testApp = await closedAtEnd(openTestApp({ timeouts }))
const url = await testApp.listen()
const ada = await newGuest(testApp.app)

/** A client that sends this and reads nothing of the answer. Resolves once the server has accepted it. */
async function sendAndNeverRead(text: string): Promise<void> {
  const accepted = once(testApp.app.server, 'connection')
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  onTestFinished(() => void socket.destroy())
  socket.on('error', () => {}).pause()
  await once(socket, 'connect')
  socket.write(text)
  await accepted
}

const connections = () =>
  new Promise<number>((resolve, reject) => {
    testApp.app.server.getConnections((error, count) => (error ? reject(error) : resolve(count)))
  })

async function expectCutOff(): Promise<void> {
  await expect.poll(connections, { timeout: 10_000 }).toBe(0)
}

test('a client that never reads the history in its stream is cut off', async () => {
  const poll = await ada.newPoll()
  const comments = Array.from({ length: 1_200 }, () =>
    testApp.services.ballotBox.submit({
      pollId: poll.id,
      command: { type: 'comment', body: 'x'.repeat(5_000), by: { id: ada.id, name: 'Ada' } },
    }),
  )
  await Promise.all(comments)
  await sendAndNeverRead(streamHead(`/api/polls/${poll.id}/stream?after=0`))
  await expectCutOff()
  expect(testApp.services.live.viewers).toBe(0)
})

test('a client that never reads its pages and files is cut off', async () => {
  await sendAndNeverRead(`GET ${asset('htmx.js')} HTTP/1.1\r\nHost: localhost\r\n\r\n`.repeat(400))
  await expectCutOff()
})

test('a client that reads its stream stays, though nothing happens', async () => {
  const poll = await ada.newPoll()
  const stream = await openStream(`${url}/api/polls/${poll.id}/stream`)
  await sleep(3 * timeouts.unread)
  await ada.vote(poll, 0)
  expect((await stream.next()).event).toBe('voted')
  stream.close()
})
