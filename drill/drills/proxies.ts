import { setTimeout as sleep } from 'node:timers/promises'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { proxyKinds } from '../../test/proxies/proxies.ts'
import { type RunningProxy, startProxy } from '../../test/proxies/start-proxy.ts'
import { type ApiPoll, createGuest, createPoll, type Guest, vote } from '../../test/support/api-calls.ts'
import { DrillResponses } from '../answers.ts'
import { failuresEnd, type Load, noFailure } from '../compose/under-load.ts'
import { type Drill, type Finding, shown } from '../drill.ts'
import { Election } from '../election.ts'
import { shownMb } from '../memory.ts'
import type { Polldock } from '../polldock.ts'
import { Crowd } from '../proxies/crowd.ts'
import type { DrillSite } from '../site.ts'

const streams = 2_000
const votes = 20
const maxDelayMs = 1_000
/** Browsers wait for up to 1.5 seconds before they connect again. */
const maxGapMs = 5_000
/** Longer than the timeouts of the proxies, which are 60 seconds. */
const silenceMs = 70_000
const silentStreams = 5
/** How long a killed process is missing. */
const killedMs = 5_000
const maxFailureMs = 2_000

export const proxies: Drill = {
  name: 'proxies',
  title: 'Reverse proxies in front of two processes',
  run: async (site) => {
    if (site.isShort)
      return { notRun: 'the short form has no time for 2,000 streams; `npm test` tests the proxies with fewer' }
    const pair = await startPair(site)
    const running: RunningProxy[] = []
    for (const kind of proxyKinds) {
      const proxy = await startProxy(kind, [pair.first.port, pair.second.port])
      if (!proxy) continue
      site.defer(proxy.close)
      running.push(proxy)
    }
    if (running.length === 0) return { notRun: 'no proxy can be had' }
    setDefaultCACertificates([...getCACertificates('default'), ...running.map(({ ca }) => ca)])
    const findings = [await staysOpen(running, pair)]
    for (const proxy of running) findings.push(...(await behind(proxy, pair)))
    const names = running.map(({ name, version }) => `${name} ${version}`).join(', ')
    return { done: `${names}, each with its [configuration](operating.md#behind-another-reverse-proxy)`, findings }
  },
}

type Pair = { first: Polldock; second: Polldock; restart(): Promise<void>; kill(): Promise<void> }

async function startPair(site: DrillSite): Promise<Pair> {
  const variables = {
    ...{ DATABASE_URL: await site.createDatabase(), PROXIES: '1', PUBLIC_URL: 'https://localhost' },
  }
  const revive = async () => {
    pair.first = await site.startPolldock({ ...variables, PORT: String(pair.first.port) })
  }
  const pair = {
    first: await site.startPolldock(variables),
    second: await site.startPolldock(variables),
    restart: async () => {
      await pair.first.stop()
      await revive()
    },
    kill: async () => {
      await pair.first.kill()
      await sleep(killedMs)
      await revive()
    },
  }
  return pair
}

/** Streams of a poll without news: only a byte every 15 seconds passes. */
async function staysOpen(running: RunningProxy[], { second }: Pair): Promise<Finding> {
  const poll = await createPoll(second.url, await createGuest(second.url, 'Ann'))
  const crowds = await Promise.all(running.map((proxy) => Crowd.open(proxy, poll, silentStreams)))
  await sleep(silenceMs)
  const broken = crowds.reduce((sum, { gapsMs }) => sum + gapsMs.length, 0)
  const open = crowds.reduce((sum, crowd) => sum + crowd.open, 0)
  await Promise.all(crowds.map((crowd) => crowd.close()))
  return {
    promise: `live streams without news stay open for ${silenceMs / 1_000} s`,
    found: `${broken} of ${open} were broken`,
    kept: broken === 0 && open === running.length * silentStreams,
  }
}

async function behind(proxy: RunningProxy, pair: Pair): Promise<Finding[]> {
  const ann = await createGuest(proxy.url, 'Ann')
  const poll = await createPoll(proxy.url, ann)
  const before = await proxy.memory()
  const crowd = await Crowd.open(proxy, poll, streams)
  const grown = (await proxy.memory()) - before
  const delays = await delaysOfVotes(proxy, poll, ann, crowd)
  const election = await Election.open(proxy.url, { guests: 40, polls: 40 })
  let last = 1 + votes
  const change = async () => {
    if (await vote(proxy.url, poll, ann, poll.options[(last + 1) % 2]?.id ?? '').catch(() => false)) last += 1
  }
  const restarted = await underLoad(proxy, election, change, pair.restart)
  await crowd.reached(last, 10_000)
  const [events, complete, gaps] = [last - 1, crowd.complete(last), crowd.gapsMs]
  await crowd.close()
  const killed = await underLoad(proxy, election, change, pair.kill)
  const killedFinding = failuresEnd(killed, maxFailureMs)
  const at = (share: number) => shown(delays[Math.floor(share * (delays.length - 1))] ?? Number.NaN)
  const longestGap = Math.max(0, ...gaps)
  return [
    {
      promise: `${proxy.name} ${proxy.version}: each of ${votes} votes reaches ${shown(streams)} live streams within ${maxDelayMs / 1_000} s`,
      found: `${shown(crowd.open)} streams, each of its own browser; half of the events after ${at(0.5)} ms, 99 of 100 after ${at(0.99)} ms, the last after ${at(1)} ms; the proxy's memory grew by ${shownMb(grown)}`,
      kept: crowd.open === streams && delays.length === streams * votes && (delays.at(-1) ?? Number.NaN) < maxDelayMs,
    },
    { ...noFailure(restarted), promise: 'while one of the two is restarted, no request fails' },
    {
      promise: `its streams move to the other process within ${maxGapMs / 1_000} s, and lose nothing`,
      found: `${shown(gaps.length)} moved, within ${(longestGap / 1_000).toFixed(1)} s; ${shown(complete)} of ${shown(streams)} got all ${events} events once and in order`,
      kept: gaps.length > 0 && longestGap < maxGapMs && complete === streams,
    },
    { ...killedFinding, promise: `when one of the two is killed, ${killedFinding.promise}` },
    await election.check(proxy.url),
  ]
}

/** From the answer of a vote until its event arrived, in milliseconds, of every stream; in ascending order. */
async function delaysOfVotes({ url }: RunningProxy, poll: ApiPoll, guest: Guest, crowd: Crowd): Promise<number[]> {
  const delays: number[] = []
  for (let revision = 2; revision < 2 + votes; revision++) {
    await vote(url, poll, guest, poll.options[revision % 2]?.id ?? '')
    const answeredAt = performance.now()
    await crowd.reached(revision, 5_000)
    delays.push(...(crowd.arrivals.get(revision) ?? []).map((time) => Math.max(0, time - answeredAt)))
    // Without a pause, several changes would be published as one.
    await sleep(300)
  }
  return delays.sort((one, other) => one - other)
}

/** People vote in an election, change a vote in another poll and open its page, before, during and after the event. */
async function underLoad(
  { url }: RunningProxy,
  election: Election,
  change: () => Promise<void>,
  event: () => Promise<void>,
): Promise<Pick<Load, 'answers' | 'begun'>> {
  const answers = new DrillResponses()
  let isDone = false
  const until = () => isDone
  const voting = election.cast({ urls: [url], connections: 8, paceMs: 200, withinMs: 120_000, answers, until })
  const looking = async () => {
    for (; !isDone; await sleep(100)) await answers.send(url)
  }
  const changing = async () => {
    for (; !isDone; await sleep(500)) await change()
  }
  const working = Promise.all([voting, looking(), changing()])
  await sleep(1_000)
  const begun = performance.now()
  await event()
  await sleep(3_000)
  isDone = true
  await working
  return { answers, begun }
}
