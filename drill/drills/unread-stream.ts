import { type ApiPoll, createGuest, createPoll, type Guest } from '../../test/support/api-calls.ts'
import { DrillResponses } from '../answers.ts'
import { type DrillConnection, openConnection } from '../connections.ts'
import { type Drill, shown } from '../drill.ts'
import { memoryIsBack, settledMemory, shownMb } from '../memory.ts'
import { warmUp, withOthers } from '../others.ts'
import type { Polldock } from '../polldock.ts'

const idlers = 20
/** What one connection may keep in Polldock (1 MiB, `src/live/stream-hub.ts`), and again as much while it is written. */
const maxEach = 2 * 2 ** 20
/** What ordinary work may take meanwhile. */
const maxElse = 48 * 2 ** 20
const timeoutMs = 20_000

export const unreadStream: Drill = {
  name: 'unread-stream',
  title: 'A client that never reads its event stream',
  run: async (site) => {
    const polldock = await site.startPolldock()
    await warmUp(polldock)
    const ann = await createGuest(polldock.url, 'Ann')
    const poll = await createPoll(polldock.url, ann)
    const before = await settledMemory(polldock)
    const count = site.isShort ? 1_500 : 10_000
    const idle = await Promise.all(Array.from({ length: idlers }, () => watch(polldock.port, poll, 1)))
    for (const { socket } of idle) socket.pause()
    const following = follow(polldock.port, poll, count + 1)
    const { result: heap, served } = await withOthers(polldock, () => comment(polldock, ann, poll, count))
    const { revisions, connects } = await following
    const stayed = await readAtLast(idle)
    return {
      done: `${idlers} connections to the stream of a poll, and one that reads, while ${shown(count)} comments of 5 kB are made`,
      findings: [
        {
          promise: 'a client that does not read is disconnected',
          found: `${stayed} of ${idlers} still connected`,
          kept: stayed === 0,
        },
        {
          promise: `memory is bounded: ${shownMb(maxEach)} for each of them`,
          found: `heap at most ${shownMb(heap - before.heap)} more, all work included`,
          kept: heap - before.heap < idlers * maxEach + maxElse,
        },
        {
          promise: 'a client that reads, and resumes when disconnected, gets every event once and in order',
          found: `${shown(revisions.length)} of ${shown(count)}, over ${connects} connections`,
          kept: revisions.length === count && revisions.every((revision, index) => revision === index + 2),
        },
        served,
        await memoryIsBack(polldock, before),
      ],
    }
  },
}

async function watch(port: number, { id }: ApiPoll, after: number): Promise<DrillConnection> {
  const connection = await openConnection(port)
  const headers = `Host: localhost\r\nAccept: text/event-stream\r\nLast-Event-ID: ${after}\r\n`
  connection.socket.write(`GET /api/polls/${id}/stream HTTP/1.1\r\n${headers}\r\n`)
  return connection
}

/** Reads as a browser does. `revisions` are in order of arrival. */
async function follow(port: number, poll: ApiPoll, last: number): Promise<{ revisions: number[]; connects: number }> {
  const revisions: number[] = []
  let connects = 0
  for (; connects < 100 && revisions.at(-1) !== last; connects++) {
    const { socket, closed } = await watch(port, poll, revisions.at(-1) ?? 1)
    let rest = ''
    socket.on('data', (bytes) => {
      const lines = (rest + bytes.toString('latin1')).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) if (line.startsWith('id: ')) revisions.push(Number(line.slice(4)))
      if (revisions.at(-1) === last) socket.destroy()
    })
    if ((await closed(timeoutMs)) === null) socket.destroy()
  }
  return { revisions, connects }
}

/** @returns the peak heap of Polldock meanwhile, in bytes */
async function comment({ url, probe }: Polldock, { token }: Guest, { id }: ApiPoll, count: number): Promise<number> {
  const answers = new DrillResponses()
  const body = JSON.stringify({ body: 'x'.repeat(5_000) })
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  let heap = 0
  while (answers.with(201) < count) {
    const send = () => answers.send(`${url}/api/polls/${id}/comments`, { method: 'POST', headers, body })
    await Promise.all(Array.from({ length: Math.min(50, count - answers.with(201)) }, send))
    if (answers.with(201) % 500 === 0) heap = Math.max(heap, (await probe.memory()).heap)
  }
  if (!answers.areClear || answers.broken > 0) throw new Error(`Comments were not taken: ${answers}`)
  return heap
}

/** The data in the system's buffers comes first; then the connection ends, if Polldock has dropped it. */
async function readAtLast(connections: DrillConnection[]): Promise<number> {
  for (const { socket } of connections) socket.resume()
  const ends = await Promise.all(connections.map(({ closed }) => closed(5_000)))
  for (const { socket } of connections) socket.destroy()
  return ends.filter((ms) => ms === null).length
}
