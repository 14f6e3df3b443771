import { setTimeout as sleep } from 'node:timers/promises'
import type { ApiPoll, LoggedEvent } from '../../test/support/api-calls.ts'
import type { MatrixPerson } from '../../test/support/matrix-person.ts'
import type { DrillMatrix } from './open-matrix.ts'
import type { PollInRoom } from './shown-in-matrix.ts'

/** One person's vote: in the native poll, or else by a message in the thread. It is sent until it is acknowledged. */
type ChatVote = { person: MatrixPerson; name: string; option: number; isNative: boolean; isAnswered: boolean }

type ChatCasting = {
  poll: ApiPoll
  places: PollInRoom
  connections: number
  /** How long each connection pauses after a vote, in milliseconds. */
  paceMs: number
  withinMs: number
}

const retryMs = 200
/** How many come into the room at once. */
const joinedAtOnce = 8

/** People of the chat who each vote once in one poll, and a record of what the homeserver has acknowledged. */
export class ChatVoters {
  readonly #room: string
  readonly #votes: ChatVote[]

  private constructor(room: string, votes: ChatVote[]) {
    this.#room = room
    this.#votes = votes
  }

  static async join({ synapse, room }: DrillMatrix, count: number): Promise<ChatVoters> {
    const votes: ChatVote[] = []
    for (let from = 0; from < count; from += joinedAtOnce) {
      const some = Array.from({ length: Math.min(joinedAtOnce, count - from) }, async (_, index) => {
        const name = `Voter${from + index}`
        const person = await synapse.person(name)
        await person.join(room)
        const at = from + index
        return { person, name, option: at % 3, isNative: at % 2 === 0, isAnswered: false }
      })
      votes.push(...(await Promise.all(some)))
    }
    return new ChatVoters(room, votes)
  }

  get size(): number {
    return this.#votes.length
  }

  get answered(): number {
    return this.#votes.filter(({ isAnswered }) => isAnswered).length
  }

  /** Sends all votes, and repeats those that were not acknowledged. */
  async cast({ poll, places, connections, paceMs, withinMs }: ChatCasting): Promise<void> {
    const waiting = this.#votes.filter(({ isAnswered }) => !isAnswered)
    const deadline = performance.now() + withinMs
    const work = async () => {
      for (let vote = waiting.shift(); vote && performance.now() < deadline; vote = waiting.shift()) {
        vote.isAnswered = await send(this.#room, poll, places, vote)
        if (!vote.isAnswered) waiting.push(vote)
        await sleep(vote.isAnswered ? paceMs : retryMs)
      }
    }
    await Promise.all(Array.from({ length: connections }, work))
  }

  /** What is wrong in the log of the poll with votes that were acknowledged. */
  faults(poll: ApiPoll, log: readonly LoggedEvent[]): string[] {
    // While the homeserver does not answer, the account gives the name, which is in small letters.
    const byName = Map.groupBy(log, ({ actor }) => actor.name.toLowerCase())
    return this.#votes.flatMap(({ name, option, isAnswered }) => {
      const events = byName.get(name.toLowerCase()) ?? []
      if (events.length > 1) return [`${name} voted ${events.length} times`]
      const [event] = events
      if (!event) return isAnswered ? [`the acknowledged vote of ${name} is missing`] : []
      return event.facts.choices?.[0] === poll.options[option]?.id ? [] : [`${name} voted for another option`]
    })
  }
}

/** A repeat with the same transaction id is the same message, also after a restart of the homeserver. */
async function send(
  room: string,
  poll: ApiPoll,
  { message, native }: PollInRoom,
  { person, option, isNative }: ChatVote,
): Promise<boolean> {
  const inThread = { 'm.relates_to': { rel_type: 'm.thread', event_id: message } }
  try {
    if (isNative) await person.vote(room, native, [poll.options[option]?.id ?? ''], 'vote')
    else
      await person.send(room, 'm.room.message', { msgtype: 'm.text', body: `!vote ${option + 1}`, ...inThread }, 'vote')
    return true
  } catch {
    return false
  }
}
