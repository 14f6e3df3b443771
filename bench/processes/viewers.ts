import { connect, type Socket } from 'node:net'
import { hrtime } from 'node:process'
import { tokenPlace, voterToken } from '../requests.ts'
import type { PacedVote } from './load.ts'
import { answerCalls } from './remote.ts'

export type Watch = { port: number; request: string; viewers: number }
/** Milliseconds from each vote's response until the last viewer has seen it; Infinity if a viewer never did. */
export type Sight = { delays: Float64Array; lost: number; frames: number; bytes: number }

/** An open page. `seen` are the revisions that it got, each with the time of its last byte. */
type StreamViewer = { socket: Socket; seen: { revision: number; at: number }[]; arriving: number; isLost: boolean }

const atOnce = 100
const viewers: StreamViewer[] = []
let bytes = 0

const calls = {
  /** Resolves when all viewers are connected and have a response. */
  async watch({ port, request, viewers: count }: Watch): Promise<void> {
    while (viewers.length < count) {
      const few = Array.from({ length: Math.min(atOnce, count - viewers.length) }, (_, index) =>
        openViewer(port, request.replace(tokenPlace, voterToken(viewers.length + index))),
      )
      viewers.push(...(await Promise.all(few)))
    }
  },

  sight(votes: PacedVote[]): Sight {
    return {
      delays: Float64Array.from(votes, (vote) => Math.max(...viewers.map((viewer) => delay(viewer, vote)))),
      lost: viewers.filter(({ isLost }) => isLost).length,
      frames: viewers.reduce((sum, { seen }) => sum + seen.length, 0),
      bytes,
    }
  },
}

export type ViewersCalls = typeof calls
answerCalls(calls)

function openViewer(port: number, request: string): Promise<StreamViewer> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(request, 'latin1'))
    const viewer: StreamViewer = { socket, seen: [], arriving: 0, isLost: false }
    socket.once('error', reject)
    socket.once('data', (chunk) => {
      if (!chunk.toString('latin1', 0, 12).endsWith('200'))
        return reject(new Error(`A viewer got ${chunk.toString('latin1')}`))
      socket.on('data', (chunk) => read(viewer, chunk))
      resolve(viewer)
    })
    socket.once('close', () => {
      viewer.isLost = true
    })
  })
}

/** A frame begins with its id, and has arrived with the empty line at its end. */
function read(viewer: StreamViewer, chunk: Buffer): void {
  bytes += chunk.length
  const id = chunk.lastIndexOf('\nid: ')
  if (id >= 0) viewer.arriving = Number.parseInt(chunk.toString('latin1', id + 5, id + 17), 10)
  if (viewer.arriving === 0 || !endsFrame(chunk)) return
  viewer.seen.push({ revision: viewer.arriving, at: Number(hrtime.bigint()) / 1e6 })
  viewer.arriving = 0
}

/** Two line feeds, and behind them the end of HTTP's chunk. */
function endsFrame(chunk: Buffer): boolean {
  return chunk.length < 4 || chunk.toString('latin1', chunk.length - 4) === '\n\n\r\n'
}

function delay({ seen }: StreamViewer, { revision, answeredAt }: PacedVote): number {
  const sight = seen.find((one) => one.revision >= revision)
  return sight ? sight.at - answeredAt : Number.POSITIVE_INFINITY
}
