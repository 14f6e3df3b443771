import { loading, runOnce, type Subject, together } from '../measure.ts'
import { copyPolls, createPolls, fillPoll, tidy } from '../population.ts'
import { type BenchPoll, newPoll, pageRequest } from '../requests.ts'
import { anonymousVotes } from '../sections/methods.ts'
import { newcomersVotes, newGuests } from '../sections/newcomers.ts'
import type { BenchSite } from '../site.ts'
import { byForm, byJson, votes } from '../voting.ts'
import type { Comparison } from './comparison.ts'

/** How many polls there are before more are created. */
const pollsBefore = 20_000

export const rates: Comparison[] = [
  rate('k', 'newcomers’ first votes, by form', { embedded: 6, postgres: 4 }, newcomersVotes),
  rate('k', 'guests by the API', { embedded: 6, postgres: 4 }, newGuests),
  rate('b', 'votes over 100 polls, form', { embedded: 1.3, postgres: 1.6 }, (site) => votes(site, 'b', byForm, 100)),
  rate('b', 'votes over 100 polls, JSON', { embedded: 1.3, postgres: 1.6 }, (site) => votes(site, 'b', byJson, 100)),
  rate('a', 'votes in one poll, form', { embedded: 1, postgres: 1.2 }, (site) => votes(site, 'a', byForm, 1)),
  rate('a', 'votes in one poll, JSON', { embedded: 1, postgres: 1.2 }, (site) => votes(site, 'a', byJson, 1)),
  rate('i', 'anonymous votes', { embedded: 1.7, postgres: 1.7 }, anonymousVotes),
  rate('c', 'poll page', {}, async (site) => {
    const [poll] = (await createPolls(site.port, 1)) as [BenchPoll]
    await fillPoll(site.server, poll, 1_000)
    return reading(site, poll.path)
  }),
  rate('c', 'list page', { embedded: 2, postgres: 2 }, async (site) => {
    await createPolls(site.port, 30)
    return reading(site, '/')
  }),
]

/** Measured last: each new connection of a chat would follow these polls. */
export const creating = rate(
  'n',
  `creating polls, with ${pollsBefore.toLocaleString('en')} there`,
  { embedded: 4 },
  async (site) => {
    const [poll] = (await createPolls(site.port, 1)) as [BenchPoll]
    await copyPolls(site.server, poll, 0, pollsBefore)
    await tidy(site.databaseUrl)
    const load = { targets: [newPoll()], connections: 16 }
    return { name: 'create', run: (seconds) => site.load.run(loading(site, { ...load, seconds })) }
  },
)

function reading(site: BenchSite, path: string): Subject {
  const targets = [pageRequest(path, site.csrf)]
  return { name: path, run: (seconds) => site.load.run(loading(site, { targets, seconds })) }
}

function rate(
  key: string,
  name: string,
  goal: Comparison['goal'],
  subjectOf: (site: BenchSite) => Subject | Promise<Subject>,
): Comparison {
  return {
    ...{ key, name, goal, unit: 'per second' },
    prepare: async (site, work) => {
      const subject = await subjectOf(site)
      await work(async (seconds) => {
        const { perSecond, p99, serverCpu, errors, firstError } = together([await runOnce(site, subject, seconds)])
        if (errors > 0) throw new Error(`${name}: ${errors} errors, the first of them: ${firstError}`)
        return { value: perSecond, p99, serverCpu }
      })
    },
  }
}
