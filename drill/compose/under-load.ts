import { setTimeout as sleep } from 'node:timers/promises'
import { eventsOf } from '../../test/support/api-calls.ts'
import { DrillResponses } from '../answers.ts'
import type { Finding } from '../drill.ts'
import { Election } from '../election.ts'
import { Follower } from './follower.ts'
import type { Stack } from './stack.ts'

const voters = 120
const followers = 20
/** The least time that voting continues after the event, in milliseconds. */
const afterMs = 5_000

export type Load = {
  /** When the event began, by `performance.now()`. */
  begun: number
  answers: DrillResponses
  findings: Finding[]
}

/** Does `event` while people vote, open pages and follow a poll through the proxy, then looks whether everything is there. */
export async function underLoad(stack: Stack, event: () => Promise<unknown>): Promise<Load> {
  const { url } = stack
  const election = await Election.open(url, { guests: voters, polls: 100 })
  const [followed] = election.polls
  if (!followed) throw new Error('No poll was made.')
  const following = Array.from({ length: followers }, () => new Follower(url, followed))
  const answers = new DrillResponses()
  let isDone = false
  const until = () => isDone
  const voting = election.cast({ urls: [url], connections: voters, paceMs: 1_000, withinMs: 300_000, answers, until })
  const looking = (async () => {
    for (; !isDone; await sleep(200)) await answers.send(url)
  })()
  await sleep(2_000)
  const begun = performance.now()
  await event().finally(async () => {
    await sleep(afterMs)
    isDone = true
  })
  await Promise.all([voting, looking])
  const log = await eventsOf(url, followed)
  const deadline = performance.now() + 5_000
  const isBehind = ({ revisions }: Follower) => revisions.at(-1) !== log.length && log.length > 1
  while (following.some(isBehind) && performance.now() < deadline) await sleep(50)
  await Promise.all(following.map((one) => one.close()))
  return { begun, answers, findings: [await election.check(url), streams(following, log.length)] }
}

function streams(following: Follower[], last: number): Finding {
  const complete = following.filter(
    ({ revisions }) => revisions.length === last - 1 && revisions.every((revision, index) => revision === index + 2),
  )
  const gaps = following.flatMap(({ gapsMs }) => gapsMs)
  const longest = (Math.max(0, ...gaps) / 1_000).toFixed(1)
  return {
    promise: 'live streams move to another process within 3 s, and lose nothing',
    found: `${gaps.length} moved, within ${longest} s; ${complete.length} of ${following.length} got all ${last - 1} events once and in order`,
    kept: complete.length === following.length && gaps.every((ms) => ms < 3_000),
  }
}

export function noFailure({ answers }: Load): Finding {
  return { promise: 'no request fails', found: String(answers), kept: answers.failedAt.length === 0 }
}

/** @param withinMs the time after the event in which requests may fail */
export function failuresEnd({ answers, begun }: Load, withinMs: number): Finding {
  const last = Math.max(0, ...answers.failedAt.map((at) => at - begun))
  return {
    promise: `nobody sees an error ${withinMs / 1_000} s after it, or later`,
    found: `${answers}; the last failure after ${(last / 1_000).toFixed(1)} s`,
    kept: last < withinMs,
  }
}
