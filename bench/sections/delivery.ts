import { setTimeout as sleep } from 'node:timers/promises'
import { messageUuid } from '../../src/chat/delivery/messages.ts'
import { loading, measure, quantile, type Subject } from '../measure.ts'
import { createPolls } from '../population.ts'
import type { Arrival, FlowdockCalls } from '../processes/flowdock.ts'
import type { PacedVote } from '../processes/load.ts'
import type { Remote } from '../processes/remote.ts'
import type { ServerCalls } from '../processes/server.ts'
import { type BenchPoll, jsonVote } from '../requests.ts'
import { figure, goal, rate, type Scale, type Section } from '../section.ts'
import { type BenchSite, besideFlowdock } from '../site.ts'

const perSecond = 200
const polls = 10
const slowMs = 2_000
const maxWaitMs = 60_000

export type DeliveryBench = {
  site: BenchSite
  scale: Scale
  server: Remote<ServerCalls>
  port: number
  flowdock: Remote<FlowdockCalls>
}

export const delivery: Section = {
  key: 'g',
  title: 'Delivery to chats',
  columns: ['database', 'what', 'per second', 'vote to inbox, p50 ms', 'p99 ms', 'vote answered, p50 ms', 'p99 ms'],
  rows: (site, scale) =>
    besideFlowdock(site, async (server, port, flowdock) => {
      const bench = { site, scale, server, port, flowdock }
      return [
        await backlog(bench, 1),
        await backlog(bench, 50),
        await atRest(bench),
        await underLoad(bench),
        ...(await slowFlowdock(bench)),
      ]
    }),
  note:
    'To the sandbox, in a separate process. First a backlog of messages in 100 threads, to one connection and to 50. ' +
    'Then from the answer to a vote until it is in the inbox: one vote at a time (goal: p50 below 250 ms), and with ' +
    `${perSecond} votes a second in ${polls} polls (goal: p99 below two seconds; votes that come so fast are delivered ` +
    `together, once a second for each poll). Last, 64 connections that vote as fast as they can, while nothing is ` +
    `connected, while Flowdock answers at once, and while each of its answers takes ${slowMs / 1_000} s: goal, no slower ` +
    'than with one that answers at once.',
}

async function backlog(bench: DeliveryBench, connections: number): Promise<string[]> {
  const count = Math.max(10, Math.round((bench.scale.seconds * 250) / connections))
  const { messages, seconds } = await deliverBacklog(bench, connections, count)
  const name = `deliveries to ${connections} connection${connections === 1 ? '' : 's'}`
  return [bench.site.database, name, rate(messages / seconds), '', '', '', '']
}

/** Delivers the outbox of paused connections: a message for each of `count` polls to each of them. */
export async function deliverBacklog(
  { server, port, flowdock }: Pick<DeliveryBench, 'server' | 'port' | 'flowdock'>,
  connections: number,
  count: number,
): Promise<{ messages: number; seconds: number }> {
  const ids = await server.pair(await flowdock.connect(connections))
  await server.pause(ids)
  await createPolls(port, count)
  await flowdock.arrivals()
  const start = performance.now()
  await server.resume(ids)
  const messages = count * connections
  await arrivalsUntil(flowdock, (all) => all.length >= messages)
  return { messages, seconds: (performance.now() - start) / 1_000 }
}

async function atRest({ site, server, port, flowdock }: DeliveryBench): Promise<string[]> {
  const [id] = (await server.pair(await flowdock.connect(1))) as [string]
  const [poll] = (await createPolls(port, 1)) as [BenchPoll]
  const delays: number[] = []
  for (let firstVoter = 0; firstVoter < 20; firstVoter += 1) {
    await sleep(1_100)
    await flowdock.arrivals()
    const votes = await site.load.pace({ port, perSecond: 1, seconds: 1, target: jsonVote(poll), firstVoter })
    const arrivals = await arrivalsUntil(flowdock, (all) => all.length > 0)
    delays.push(...delaysOf(id, [{ poll, votes }], arrivals))
  }
  const sorted = Float64Array.from(delays).sort()
  const p50 = quantile(sorted, 0.5)
  return [site.database, 'one vote at a time', '', goal(figure(p50), p50 < 250), figure(quantile(sorted, 0.99)), '', '']
}

async function underLoad({ site, scale, server, port, flowdock }: DeliveryBench): Promise<string[]> {
  const [id] = (await server.pair(await flowdock.connect(1))) as [string]
  const made = await createPolls(port, polls)
  const seconds = Math.max(5, scale.seconds)
  const each = perSecond / polls
  const voted = await Promise.all(
    made.map(async (poll, index) => {
      const firstVoter = index * each * seconds
      return {
        poll,
        votes: await site.load.pace({ port, perSecond: each, seconds, target: jsonVote(poll), firstVoter }),
      }
    }),
  )
  const uuids = voted.map(({ poll, votes }) => messageUuid(id, poll.id, votes.length + 1))
  const arrivals = await arrivalsUntil(flowdock, (all) => uuids.every((uuid) => all.some((one) => one.uuid === uuid)))
  const delays = Float64Array.from(delaysOf(id, voted, arrivals)).sort()
  const p99 = quantile(delays, 0.99)
  const name = `${perSecond} votes a second`
  return [
    site.database,
    name,
    rate(delays.length / seconds),
    figure(quantile(delays, 0.5)),
    goal(figure(p99), p99 < 2_000),
    '',
    '',
  ]
}

async function slowFlowdock(bench: DeliveryBench): Promise<string[][]> {
  const names = {
    none: 'votes, nothing connected',
    quick: 'votes, Flowdock answers at once',
    slow: 'votes, Flowdock takes 2 s',
  }
  const subjects = [
    voting(bench, names.none, 0, 0),
    voting(bench, names.quick, 1, 0),
    voting(bench, names.slow, 1, slowMs),
  ]
  const results = await measure(bench.site, subjects, bench.scale)
  const quick = results.get(names.quick)?.perSecond ?? Number.NaN
  await bench.flowdock.slowDown(0)
  return [...results].map(([name, { perSecond, p50, p99 }]) => {
    const shown = name === names.slow ? goal(rate(perSecond), perSecond > 0.9 * quick) : rate(perSecond)
    return [bench.site.database, name, shown, '', '', figure(p50), figure(p99)]
  })
}

/** Distinct voters in one poll that is mirrored to the given number of connections. */
function voting(
  { site, server, port, flowdock }: DeliveryBench,
  name: string,
  connections: number,
  ms: number,
): Subject {
  let poll: BenchPoll
  return {
    name,
    prepare: async () => {
      await flowdock.slowDown(ms)
      await server.pair(await flowdock.connect(connections))
      poll = (await createPolls(port, 1))[0] as BenchPoll
    },
    run: (seconds) => {
      const targets = [0, 1, 2, 3, 4].map((choice) => jsonVote(poll, choice))
      return site.load.run(loading(site, { ports: [port], targets, repeat: false, seconds }))
    },
  }
}

async function arrivalsUntil(
  flowdock: DeliveryBench['flowdock'],
  isEnough: (all: Arrival[]) => boolean,
): Promise<Arrival[]> {
  const all: Arrival[] = []
  const deadline = performance.now() + maxWaitMs
  while (!isEnough(all)) {
    if (performance.now() > deadline) throw new Error(`Only ${all.length} messages arrived within a minute.`)
    await sleep(20)
    all.push(...(await flowdock.arrivals()))
  }
  return all
}

/** The delays from the response to each vote until the first message that contains it, or a later message. */
function delaysOf(
  connectionId: string,
  voted: { poll: BenchPoll; votes: PacedVote[] }[],
  arrivals: Arrival[],
): number[] {
  const at = new Map(arrivals.map((arrival) => [arrival.uuid, arrival.at]))
  return voted.flatMap(({ poll, votes }) => {
    let toldAt = Number.POSITIVE_INFINITY
    return votes
      .toSorted((a, b) => b.revision - a.revision)
      .map(({ revision, answeredAt }) => {
        toldAt = at.get(messageUuid(connectionId, poll.id, revision)) ?? toldAt
        return Math.max(0, toldAt - answeredAt)
      })
  })
}
