import { setTimeout as sleep } from 'node:timers/promises'
import { freshlyShown, type ShownMessage } from '../../test/support/matrix-judge.ts'
import type { MatrixTestEvent } from '../../test/support/matrix-person.ts'
import type { DrillMatrix } from './open-matrix.ts'

/** A poll in a room: the id of the message that shows it and has the thread, and of the native poll. */
export type PollInRoom = { message: string; native: string }

/**
 * What matrix-js-sdk shows of a poll: the votes of each option in the message and in the native poll, how many votes the
 * thread tells of, and how many messages show the poll.
 */
export type ShownInMatrix = { counts: number[]; native: number[]; told: number; messages: number }

const postedWithinMs = 60_000
const lookMs = 200

/** Waits for the one poll in the room. */
export async function pollInRoom({ ann, room, synapse }: DrillMatrix): Promise<PollInRoom> {
  const bot = synapse.appService().userId
  const isMessage = ({ type, content }: MatrixTestEvent) => type === 'm.room.message' && !content['m.relates_to']
  const isStart = ({ type }: MatrixTestEvent) => type === 'org.matrix.msc3381.poll.start'
  for (const deadline = performance.now() + postedWithinMs; performance.now() < deadline; await sleep(lookMs)) {
    const own = (await ann.messages(room)).filter(({ sender }) => sender === bot)
    const [message, native] = [own.find(isMessage), own.find(isStart)]
    if (message && native) return { message: message.event_id, native: native.event_id }
  }
  throw new Error('The poll was not posted.')
}

/** What a client shows that reads the whole room now. */
export async function shownInMatrix(
  { ann, room, synapse }: DrillMatrix,
  places: PollInRoom,
  options: number,
): Promise<ShownInMatrix> {
  const bot = synapse.appService().userId
  const { messages, polls } = await freshlyShown(ann, room)
  const own = messages.filter(({ sender }) => sender === bot)
  const text = own.find(({ id }) => id === places.message)?.body ?? ''
  const inThread = own.filter(({ thread }) => thread === places.message)
  return {
    counts: Array.from({ length: options }, (_, index) => votesIn(text, index + 1)),
    native: Object.values(polls.find(({ id }) => id === places.native)?.counts ?? {}),
    told: inThread.reduce((sum, one) => sum + votesToldBy(one), 0),
    messages: own.filter(({ thread, body }) => thread === undefined && body.includes('Lunch?')).length,
  }
}

function votesIn(text: string, number: number): number {
  const found = new RegExp(`^${number}\\. .*?([\\d,]+)\\u00A0votes?$`, 'm').exec(text)?.[1]
  return Number(found?.replaceAll(',', '') ?? Number.NaN)
}

/** A notice tells of the vote of one person, or of the votes of several. */
function votesToldBy({ body }: ShownMessage): number {
  return Number(/^([\d,]+) people /.exec(body)?.[1]?.replaceAll(',', '') ?? 1)
}
