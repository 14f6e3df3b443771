import { loading, type Measured, measure, type Subject } from '../measure.ts'
import { createPolls, fillPoll, maxVoters, type PopulationTally, tally, tidy } from '../population.ts'
import { type BenchPoll, pageRequest } from '../requests.ts'
import { figure, goal, marked, rate, type Scale, type Section } from '../section.ts'
import type { BenchSite } from '../site.ts'
import { byForm, expectCounted } from '../voting.ts'

const kinds = ['vote', 'vote alone', 'page'] as const
type Kind = (typeof kinds)[number]

export const sizes: Section = {
  key: 'd',
  title: 'Small and large polls',
  columns: ['database', 'votes in the poll', 'votes per second', 'one vote alone, p50 ms', 'pages per second'],
  rows: async (site, scale) => {
    const results = await measured(site, scale)
    const of = (kind: Kind) => scale.sizes.map((size) => results.get(`${kind} at ${size}`) as Measured)
    const shown = scale.sizes.map((size, index) => [
      site.database,
      marked(size.toLocaleString('en'), of('vote')[index] as Measured),
      ...kinds.map((kind) => shownAs(kind, of(kind)[index] as Measured)),
    ])
    const spreads = kinds.map((kind) =>
      spread(of(kind).map((one) => (kind === 'vote alone' ? one.p50 : one.perSecond))),
    )
    return [
      ...shown,
      [site.database, 'largest / smallest', ...spreads.map((one) => goal(`${figure(one)}×`, one <= 1.3))],
    ]
  },
  note:
    'Polls that already hold so many votes; forms and pages as above, with 64 connections, and votes also one after the ' +
    'other on a single connection. Goal: flat within 1.3×.',
}

async function measured(site: BenchSite, scale: Scale): Promise<Map<string, Measured>> {
  const polls = await createPolls(site.port, scale.sizes.length)
  const sized = scale.sizes.map((size, index) => ({ size, poll: polls[index] as BenchPoll }))
  for (const { size, poll } of sized) await fillPoll(site.server, poll, size)
  await tidy(site.databaseUrl)
  const subjects = sized.flatMap(({ size, poll }) => {
    const queue = { first: 0 }
    return [
      vote(site, `vote at ${size}`, poll, queue, 64),
      vote(site, `vote alone at ${size}`, poll, queue, 1),
      page(site, `page at ${size}`, poll),
    ]
  })
  return measure(site, subjects, scale)
}

function shownAs(kind: Kind, { p50, perSecond }: Measured): string {
  return kind === 'vote alone' ? figure(p50) : rate(perSecond)
}

function spread(values: number[]): number {
  return Math.max(...values) / Math.min(...values)
}

/** `queue` is the index of the first voter who has not voted in this poll yet. */
function vote(site: BenchSite, name: string, poll: BenchPoll, queue: { first: number }, connections: number): Subject {
  let before: PopulationTally | undefined
  return {
    name,
    prepare: async () => {
      before = await tally(site.server, [poll])
    },
    run: (seconds) => {
      const voters = maxVoters - queue.first
      const targets = [byForm(poll, site.csrf, 0)]
      const load = { targets, firstVoter: queue.first, voters, repeat: false, seconds, connections }
      return site.load.run(loading(site, load))
    },
    check: (result) => {
      queue.first += result.answered + result.errors
      return expectCounted(site, [poll], result, before)
    },
  }
}

function page(site: BenchSite, name: string, poll: BenchPoll): Subject {
  const targets = [pageRequest(poll.path, site.csrf)]
  return { name, run: (seconds) => site.load.run(loading(site, { targets, seconds })) }
}
