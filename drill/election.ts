import { setTimeout as sleep } from 'node:timers/promises'
import {
  type ApiPoll,
  createGuest,
  createPoll,
  eventsOf,
  type Guest,
  type LoggedEvent,
} from '../test/support/api-calls.ts'
import { DrillResponses } from './answers.ts'
import { type Finding, shown } from './drill.ts'

/** One guest's vote in one poll. It is repeated until it succeeds, always for the same option. */
type ElectionVote = {
  poll: ApiPoll
  guest: Guest
  choice: string
  /** By `performance.now()`; undefined until it succeeds. */
  answeredAt: number | undefined
}

type Casting = {
  /** The URLs that get the votes in turn. */
  urls: string[]
  connections?: number
  /** How long each connection pauses after a vote, in milliseconds. */
  paceMs?: number
  /** The time limit for retries, in milliseconds from now. */
  withinMs: number
  answers?: DrillResponses
  /** Whether the responses so far are enough. */
  until?: (answers: DrillResponses) => boolean
}

/** The pause before an unanswered vote is cast again, in milliseconds. */
const pauseMs = 100

/** Many guests who vote once in each of some polls, and a record of the responses. */
export class Election {
  readonly polls: ApiPoll[]
  readonly #votes: ElectionVote[]
  readonly #waiting: ElectionVote[]
  answered = 0

  private constructor(polls: ApiPoll[], votes: ElectionVote[]) {
    this.polls = polls
    this.#votes = votes
    this.#waiting = [...votes]
  }

  static async open(url: string, { guests, polls }: { guests: number; polls: number }): Promise<Election> {
    const voters: Guest[] = []
    for (let index = 0; index < guests; index += 50) {
      const some = Array.from({ length: Math.min(50, guests - index) }, (_, one) => createGuest(url, `Guest ${one}`))
      voters.push(...(await Promise.all(some)))
    }
    const made = await Promise.all(voters.slice(0, polls).map((guest) => createPoll(url, guest)))
    const votes = voters.flatMap((guest, place) =>
      made.map((poll, index): ElectionVote => {
        const choice = poll.options[(place + index) % poll.options.length]?.id ?? ''
        return { poll, guest, choice, answeredAt: undefined }
      }),
    )
    return new Election(made, votes)
  }

  get size(): number {
    return this.#votes.length
  }

  /** One of the guests. */
  get voter(): Guest {
    const [vote] = this.#votes
    if (!vote) throw new Error('The election has no votes.')
    return vote.guest
  }

  /** @param time by `performance.now()` */
  answeredBefore(time: number): number {
    return this.#votes.filter((vote) => isAnswered(vote, time)).length
  }

  /** Casts all waiting votes, and retries the ones that fail. */
  async cast(casting: Casting): Promise<DrillResponses> {
    const {
      urls,
      connections = 32,
      paceMs = 0,
      withinMs,
      answers = new DrillResponses(),
      until = () => false,
    } = casting
    const deadline = performance.now() + withinMs
    let turn = 0
    const work = async () => {
      while (performance.now() < deadline && !until(answers)) {
        const vote = this.#waiting.shift()
        if (!vote) return
        if (await send(urls[turn++ % urls.length] as string, vote, answers)) {
          vote.answeredAt = performance.now()
          this.answered += 1
          if (paceMs > 0) await sleep(paceMs)
        } else {
          this.#waiting.push(vote)
          await sleep(pauseMs)
        }
      }
    }
    await Promise.all(Array.from({ length: connections }, work))
    return answers
  }

  async logs(url: string): Promise<Map<ApiPoll, LoggedEvent[]>> {
    return new Map(await Promise.all(this.polls.map(async (poll) => [poll, await eventsOf(url, poll)] as const)))
  }

  /** Expects that every answered vote is stored, no vote is stored twice, the counts agree, and the log has no gap. */
  async check(url: string): Promise<Finding> {
    const faults = await this.faults(url)
    return {
      promise: 'every answered vote is there once, counts agree with the log, events are numbered without a gap',
      found: faults.length > 0 ? faults.join('; ') : `${shown(this.answered)} votes answered and there`,
      kept: faults.length === 0,
    }
  }

  /**
   * The first faults. Votes that were answered later than `before` may be missing.
   *
   * @param before by `performance.now()`
   */
  async faults(url: string, before = Number.POSITIVE_INFINITY): Promise<string[]> {
    const faults = await Promise.all(this.polls.map((poll) => this.#faultsOf(url, poll, before)))
    return faults.flat().slice(0, 5)
  }

  async #faultsOf(url: string, poll: ApiPoll, before: number): Promise<string[]> {
    const log = await eventsOf(url, poll)
    const now = (await (await fetch(`${url}/api/polls/${poll.id}`)).json()) as PollNow
    const votes = this.#votes.filter((vote) => vote.poll === poll)
    const isVoted = log.filter(({ type }) => type !== 'created').every(({ type }) => type === 'voted')
    const places = Map.groupBy(log.slice(1), ({ actor }) => actor.id)
    return [
      ...(isVoted && log.length === places.size + 1 ? [] : [`${poll.id} has events that nobody asked for`]),
      ...log.flatMap(({ revision }, index) => (revision === index + 1 ? [] : [`event ${revision} at ${index + 1}`])),
      ...votes.flatMap((vote) => faultsOfVote(vote, places.get(vote.guest.id) ?? [], before)),
      ...faultsOfCounts(now, log),
    ]
  }
}

type PollNow = { id: string; revision: number; totalVotes: number; options: { id: string; votes: number }[] }

function isAnswered({ answeredAt }: ElectionVote, before: number): boolean {
  return answeredAt !== undefined && answeredAt < before
}

function faultsOfVote(vote: ElectionVote, events: LoggedEvent[], before: number): string[] {
  const { guest, choice } = vote
  if (events.length > 1) return [`${guest.id} voted ${events.length} times`]
  const [event] = events
  if (!event) return isAnswered(vote, before) ? [`the answered vote of ${guest.id} is missing`] : []
  return event.facts.choices?.[0] === choice ? [] : [`${guest.id} voted for another option`]
}

function faultsOfCounts({ id, revision, totalVotes, options }: PollNow, log: LoggedEvent[]): string[] {
  const counted = options.map((option) => log.filter(({ facts }) => facts.choices?.includes(option.id)).length)
  const isRight =
    revision === log.length && totalVotes === log.length - 1 && options.every(({ votes }, at) => votes === counted[at])
  return isRight ? [] : [`the counts of ${id} do not agree with its log`]
}

async function send(url: string, { poll, guest, choice }: ElectionVote, answers: DrillResponses): Promise<boolean> {
  const answer = await answers.send(`${url}/api/polls/${poll.id}/ballot`, {
    method: 'PUT',
    headers: { authorization: `Bearer ${guest.token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ choices: [choice] }),
  })
  return answer?.status === 200
}
