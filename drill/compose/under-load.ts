import { setTimeout as sleep } from 'node:timers/promises'
import { eventsOf } from '../../test/support/api-calls.ts'
import { DrillResponses } from '../answers.ts'
import type { Finding } from '../drill.ts'
import { Election } from '../election.ts'
import { Follower } from './follower.ts'
import { Person } from './person.ts'
import type { Stack } from './stack.ts'

const followers = 20
/** The least time that voting continues after the event, in milliseconds. */
const afterMs = 5_000

export type LoadLimits = {
  voters?: number
  /** In which a live stream must move, in milliseconds. */
  streamsMs?: number
}

export type Load = {
  /** When the event began, by `performance.now()`. */
  begun: number
  /** What people did meanwhile. */
  during: string
  election: Election
  answers: DrillResponses
  findings: Finding[]
}

/**
 * Does `event` while people vote, open pages, send forms and follow a poll through the proxy, then looks whether everything
 * is there.
 */
export async function underLoad(
  stack: Stack,
  event: (person: Person) => Promise<unknown>,
  { voters = 120, streamsMs = 3_000 }: LoadLimits = {},
): Promise<Load> {
  const { url } = stack
  const election = await Election.open(url, { guests: voters, polls: Math.min(voters, 100) })
  const [followed] = election.polls
  if (!followed) throw new Error('No poll was made.')
  const following = Array.from({ length: followers }, () => new Follower(url, followed))
  const answers = new DrillResponses()
  const person = new Person(url, answers)
  await person.arrive()
  let isDone = false
  const until = () => isDone
  const voting = election.cast({ urls: [url], connections: voters, paceMs: 1_000, withinMs: 300_000, answers, until })
  const living = person.live(until)
  const looking = (async () => {
    for (; !isDone; await sleep(200)) await answers.send(url)
  })()
  await sleep(2_000)
  const begun = performance.now()
  await event(person).finally(async () => {
    await sleep(afterMs)
    isDone = true
  })
  await Promise.all([voting, looking, living])
  const log = await eventsOf(url, followed)
  const deadline = performance.now() + 5_000
  const isBehind = ({ revisions }: Follower) => revisions.at(-1) !== log.length && log.length > 1
  while (following.some(isBehind) && performance.now() < deadline) await sleep(50)
  await Promise.all(following.map((one) => one.close()))
  const during = `while ${voters} people vote once a second through Caddy, and ${followers} follow a poll`
  const findings = [await election.check(url), person.finding, streams(following, log.length, streamsMs)]
  return { begun, during, election, answers, findings }
}

function streams(following: Follower[], last: number, withinMs: number): Finding {
  const complete = following.filter((one) => one.hasAll(last))
  const gaps = following.flatMap(({ gapsMs }) => gapsMs)
  const longest = (Math.max(0, ...gaps) / 1_000).toFixed(1)
  return {
    promise: `live streams move to another process within ${withinMs / 1_000} s, and lose nothing`,
    found: `${gaps.length} moved, within ${longest} s; ${complete.length} of ${following.length} got all ${last - 1} events once and in order`,
    kept: complete.length === following.length && gaps.every((ms) => ms < withinMs),
  }
}

export function noFailure({ answers }: Pick<Load, 'answers'>): Finding {
  return { promise: 'no request fails', found: String(answers), kept: answers.failedAt.length === 0 }
}

/**
 * @param withinMs the time after an event in which requests may fail
 * @param events when they happened, by `performance.now()`, the first first
 */
export function failuresEnd(
  { answers, begun }: Pick<Load, 'answers' | 'begun'>,
  withinMs: number,
  events = [begun],
): Finding {
  const sinceEvent = (at: number) => at - (events.findLast((event) => event <= at) ?? begun)
  const last = Math.max(0, ...answers.failedAt.map(sinceEvent))
  return {
    promise: `nobody sees an error ${withinMs / 1_000} s after it, or later`,
    found: last > 0 ? `${answers}; the last failure after ${(last / 1_000).toFixed(1)} s` : `${answers}; no failure`,
    kept: last < withinMs,
  }
}
