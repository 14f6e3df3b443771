import { loading, type Measured, measure, type Subject } from '../measure.ts'
import { createPolls } from '../population.ts'
import { type BenchPoll, newcomersVote, newGuest } from '../requests.ts'
import { cpu, figure, goal, marked, rate, type Section, times } from '../section.ts'
import type { BenchSite } from '../site.ts'
import { byForm, expectCounted, votes } from '../voting.ts'

const known = 'known voters'
const newcomers = 'newcomers: name, guest, session and vote'

export const firstVotes: Section = {
  key: 'k',
  title: 'First votes of newcomers',
  columns: [
    'database',
    'votes by form',
    'per second',
    'p50 ms',
    'p99 ms',
    'of known voters',
    'server CPU ms',
    'database CPU ms',
  ],
  rows: async (site, scale) =>
    table(site, await measure(site, [votes(site, known, byForm, 1), newcomersVotes(site), newGuests(site)], scale)),
  note:
    '48 connections for newcomers. Each request comes from a browser without a session, with a name and a choice: it makes ' +
    'a guest and a session, and casts the vote. Goal: at least 0.4 of known voters, and p99 below 100 ms. The last row is ' +
    'the API’s request for a guest with a token.',
}

export function newcomersVotes(site: BenchSite): Subject {
  let polls: BenchPoll[] = []
  return {
    name: newcomers,
    prepare: async () => {
      polls = await createPolls(site.port, 1)
    },
    run: (seconds) => {
      const targets = polls.flatMap((poll) => poll.options.map((_, choice) => newcomersVote(poll, site.csrf, choice)))
      return site.load.run(loading(site, { connections: 48, targets, seconds }))
    },
    check: (result) => expectCounted(site, polls, result),
  }
}

export function newGuests(site: BenchSite): Subject {
  const targets = [newGuest()]
  return {
    name: 'API: a guest with a token',
    run: (seconds) => site.load.run(loading(site, { connections: 48, targets, seconds })),
  }
}

function table(site: BenchSite, results: Map<string, Measured>): string[][] {
  const limit = results.get(known)?.perSecond ?? Number.NaN
  return [...results].map(([name, measured]) => {
    const { perSecond, p99 } = measured
    const [p50 = '', last = ''] = times(measured)
    const share = perSecond / limit
    return [
      site.database,
      marked(name, measured),
      rate(perSecond),
      p50,
      name === known ? last : goal(last, p99 < 100),
      name === known ? '' : name === newcomers ? goal(figure(share), share >= 0.4) : figure(share),
      ...cpu(site, measured),
    ]
  })
}
