import { setTimeout as sleep } from 'node:timers/promises'
import type { ApiPoll } from '../../test/support/api-calls.ts'
import { DrillResponses } from '../answers.ts'
import { type DrillOutcome, type Finding, shown } from '../drill.ts'
import { Election } from '../election.ts'
import type { DrillSite } from '../site.ts'
import { ChatVoters } from './chat-voters.ts'
import { type DrillMatrix, openMatrix } from './open-matrix.ts'
import { type PollInRoom, pollInRoom, shownInMatrix } from './shown-in-matrix.ts'

/** How many people vote on the web and in the room, and over how many milliseconds; at once with 0. */
export type VotesOnBothSides = { web: number; chat: number; overMs: number }

/** What a disturbance works with. */
export type Disturbed = {
  matrix: DrillMatrix
  /** Kills Polldock, and starts it again. */
  restart(): Promise<void>
}

export type MatrixDrill = {
  votes: VotesOnBothSides
  /** What happens during the votes, in words and in fact. */
  done: string
  disturb(disturbed: Disturbed): Promise<void>
  /** What is expected of the answers to votes on the web. */
  onTheWeb: { promise: string; isKept(answers: DrillResponses): boolean }
}

const connections = 4
const connectionsAtOnce = 16
const withinMs = 300_000
/**
 * After a homeserver was killed, what it did not push is found by the next search, within a minute; the jobs of a Polldock that was killed
 * expire within half a minute. The rest is for a busy machine.
 */
const catchUpMs = 180_000
/** To bring in somebody for each voter of the web takes the homeserver a quarter of a second. */
const perGhostMs = 1_000
const lookMs = 200
/** Reading all of the room is more work. */
const readMs = 5_000

/** People vote in one poll, on the web and in its thread in Matrix, while something happens. */
export async function duringVotes(site: DrillSite, drill: MatrixDrill): Promise<DrillOutcome> {
  const matrix = await openMatrix(site)
  if (!matrix) return { notRun: 'needs Synapse, which `pip` could not install' }
  const { web, chat, overMs } = drill.votes
  const chatVoters = await ChatVoters.join(matrix, chat)
  let polldock = await site.startPolldock(matrix.variables)
  const { url } = polldock
  const restart = async () => {
    await polldock.kill()
    polldock = await site.startPolldock(matrix.variables)
  }
  const election = await Election.open(url, { guests: web, polls: 1 })
  const [poll] = election.polls as [ApiPoll]
  const places = await pollInRoom(matrix)

  const atOnce = overMs > 0 ? connections : connectionsAtOnce
  const paceMs = (size: number) => (overMs * atOnce) / size
  const answers = new DrillResponses()
  await Promise.all([
    election.cast({ urls: [url], connections: atOnce, paceMs: paceMs(web), withinMs, answers }),
    chatVoters.cast({ poll, places, connections: atOnce, paceMs: paceMs(chat), withinMs }),
    drill.disturb({ matrix, restart }),
  ])
  const { promise, isKept } = drill.onTheWeb
  const each = `${shown(web)} people vote on the web and ${shown(chat)} in the room`
  return {
    done: overMs > 0 ? `${drill.done}, while ${each}` : `${each}, ${drill.done}`,
    findings: [
      { promise, found: String(answers), kept: isKept(answers) && election.answered === web },
      await agreement({ matrix, election, chatVoters, url, poll, places }),
      await election.check(url),
    ],
  }
}

type Voted = {
  matrix: DrillMatrix
  election: Election
  chatVoters: ChatVoters
  url: string
  poll: ApiPoll
  places: PollInRoom
}

/** Compares the votes that were acknowledged with Polldock's count, and with what matrix-js-sdk shows. */
async function agreement({ matrix, election, chatVoters, url, poll, places }: Voted): Promise<Finding> {
  const expected = election.answered + chatVoters.answered
  const start = performance.now()
  const isLate = () => performance.now() - start > catchUpMs + expected * perGhostMs
  const seconds = () => ((performance.now() - start) / 1_000).toFixed(1)
  while ((await countsOf(url, poll)).total < expected && !isLate()) await sleep(lookMs)
  const counted = seconds()
  let client = await shownInMatrix(matrix, places, poll.options.length)
  const isBehind = () => client.told < expected || sumOf(client.native) < expected
  while (isBehind() && !isLate()) {
    await sleep(readMs)
    client = await shownInMatrix(matrix, places, poll.options.length)
  }
  const { total, counts } = await countsOf(url, poll)
  const log = [...(await election.logs(url)).values()].flat()
  const faults = [
    ...chatVoters.faults(poll, log),
    ...(chatVoters.answered === chatVoters.size ? [] : [`${chatVoters.answered} of ${chatVoters.size} in the room`]),
    ...(total === expected ? [] : [`${total} instead of ${expected} votes in Polldock`]),
    ...differences('the message', client.counts, counts),
    ...differences('the native poll', client.native, counts),
    ...(client.told === expected ? [] : [`the thread tells of ${client.told} instead of ${expected} votes`]),
    ...(client.messages === 1 ? [] : [`${client.messages} messages show the poll`]),
  ]
  return {
    promise:
      'every acknowledged vote of both sides is counted once; matrix-js-sdk counts the same in the native poll, and shows a message with these counts and a thread that tells of each vote once',
    found:
      faults.slice(0, 5).join('; ') ||
      `${shown(election.answered)} + ${shown(chatVoters.answered)} votes: ${counts.join(', ')} everywhere; counted ${counted} s and shown ${seconds()} s after the last was acknowledged`,
    kept: faults.length === 0,
  }
}

function differences(where: string, shownThere: readonly number[], counts: readonly number[]): string[] {
  return shownThere.join() === counts.join() ? [] : [`${where} shows ${shownThere.join()} instead of ${counts.join()}`]
}

function sumOf(counts: readonly number[]): number {
  return counts.reduce((sum, count) => sum + count, 0)
}

async function countsOf(url: string, { id }: ApiPoll): Promise<{ total: number; counts: number[] }> {
  const { totalVotes: total, options } = (await (await fetch(`${url}/api/polls/${id}`)).json()) as {
    totalVotes: number
    options: { votes: number }[]
  }
  return { total, counts: options.map(({ votes }) => votes) }
}
