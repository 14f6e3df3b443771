import { quantile } from '../measure.ts'
import { createPolls } from '../population.ts'
import type { PacedVote } from '../processes/load.ts'
import { startProcess } from '../processes/remote.ts'
import type { Sight, ViewersCalls } from '../processes/viewers.ts'
import { type BenchPoll, jsonVote, watchRequest } from '../requests.ts'
import { figure, goal, rate, type Scale, type Section } from '../section.ts'
import type { BenchSite } from '../site.ts'

const perSecond = 200
/** These voters follow the viewers, who have sessions too. */
const firstVoter = 10_000

export const live: Section = {
  key: 'e',
  title: 'Live viewers',
  columns: [
    'database',
    'viewers',
    'votes per second',
    'last viewer after, p50 ms',
    'p99 ms',
    'frames each per second',
    'MiB per second',
    'server memory per viewer, KiB',
    'server CPU busy',
  ],
  rows: async (site, scale) => {
    const viewers = startProcess<ViewersCalls>('viewers.ts')
    try {
      return [await row(site, scale, viewers.remote)]
    } finally {
      await viewers.stop()
    }
  },
  note:
    'All watch one poll, signed in, from another process, while votes arrive at an even pace. Measured from the answer ' +
    'to a vote until the last of the viewers has the whole frame that shows it; a poll’s frames are at least 250 ms ' +
    'apart. Goal: p99 below one second. Memory is what the process grew by when they connected, divided among them.',
}

async function row(site: BenchSite, { viewers: count, seconds }: Scale, viewers: Viewers): Promise<string[]> {
  const [poll] = (await createPolls(site.port, 1)) as [BenchPoll]
  const { server, load, port } = site
  const alone = await server.memory()
  await viewers.watch({ port, request: watchRequest(poll, 1, site.csrf), viewers: count })
  const perViewer = ((await server.memory()) - alone) / count
  const before = await server.cpuMs()
  const length = Math.max(5, seconds)
  const votes = await load.pace({ port, perSecond, seconds: length, target: jsonVote(poll), firstVoter })
  const busy = ((await server.cpuMs()) - before) / 1_000 / length
  // The next frame contains the last votes.
  await new Promise((resolve) => setTimeout(resolve, 2_000))
  return shown(site, { count, perViewer, busy, length, votes, sight: await viewers.sight(votes) })
}

type Viewers = ReturnType<typeof startProcess<ViewersCalls>>['remote']
type Seen = { count: number; perViewer: number; busy: number; length: number; votes: PacedVote[]; sight: Sight }

function shown({ database }: BenchSite, { count, perViewer, busy, length, votes, sight }: Seen): string[] {
  const delays = sight.delays.toSorted()
  const p99 = quantile(delays, 0.99)
  const unseen = delays.filter((delay) => !Number.isFinite(delay)).length
  const trouble = sight.lost + unseen > 0 ? ` **(${sight.lost} LOST, ${unseen} VOTES UNSEEN)**` : ''
  return [
    database,
    count.toLocaleString('en') + trouble,
    rate(votes.length / length),
    figure(quantile(delays, 0.5)),
    goal(figure(p99), p99 < 1_000),
    figure(sight.frames / count / length),
    figure(sight.bytes / 1_048_576 / length),
    figure(perViewer / 1_024),
    `${Math.round(busy * 100)}%`,
  ]
}
