import { loading, type Measured, measure, type Subject } from '../measure.ts'
import { createPolls, voterIds } from '../population.ts'
import type { PlainWayCalls } from '../processes/plain-way.ts'
import { startProcess } from '../processes/remote.ts'
import { type BenchPoll, formPost, jsonVote } from '../requests.ts'
import { cpu, figure, goal, marked, rate, type Scale, type Section, times } from '../section.ts'
import type { BenchSite } from '../site.ts'
import { byForm, byJson, plainVotes, votes } from '../voting.ts'

const columns = [
  'database',
  'votes',
  'per second',
  'p50 ms',
  'p99 ms',
  'of the no-op',
  '× the plain way',
  'server CPU ms',
  'database CPU ms',
]

export const onePoll: Section = {
  key: 'a',
  title: 'Votes in one poll',
  columns,
  rows: (site, scale) => voteRows(site, scale, 1),
  note:
    '64 connections, distinct voters, every vote committed before its answer. Goal: at least 0.25 of the no-op, 2× the ' +
    'plain way, and p99 below 50 ms. The no-op goes through the same app, plugins, session or token, CSRF and input ' +
    'checks, and does nothing. The plain way is node-postgres without HTTP: 16 connections, a transaction a vote.',
}

export const manyPolls: Section = {
  key: 'b',
  title: 'Votes spread over 100 polls',
  columns,
  rows: (site, scale) => voteRows(site, scale, 100),
  note: 'As above; the plain way is spread alike.',
}

const names = { form: 'form', json: 'JSON', noOpForm: 'no-op form', noOpJson: 'no-op JSON', plain: 'the plain way' }

async function voteRows(site: BenchSite, scale: Scale, polls: number): Promise<string[][]> {
  const [poll] = (await createPolls(site.port, 1)) as [BenchPoll]
  await serveOnePollsJson(site, poll)
  const subjects = [
    votes(site, names.form, byForm, polls),
    votes(site, names.json, byJson, polls),
    noOp(site, names.noOpForm, formPost('/limits/ballot', site.csrf, { choice: poll.options[0] ?? '' })),
    noOp(site, names.noOpJson, jsonVote(poll, 0, '/limits')),
  ]
  const { databaseUrl } = site
  if (!databaseUrl) return table(site, await measure(site, subjects, scale))
  const plainWay = startProcess<PlainWayCalls>('plain-way.ts')
  try {
    const asked = { name: names.plain, count: polls, voters: await voterIds(site.server) }
    subjects.push(plainVotes(site, databaseUrl, plainWay.remote, asked))
    return table(site, await measure(site, subjects, scale))
  } finally {
    await plainWay.stop()
  }
}

function noOp(site: BenchSite, name: string, target: string): Subject {
  return { name, run: (seconds) => site.load.run(loading(site, { targets: [target], seconds })) }
}

async function serveOnePollsJson({ server, port }: BenchSite, { id }: BenchPoll): Promise<void> {
  const answer = await fetch(`http://127.0.0.1:${port}/api/polls/${id}`)
  await server.serve({ json: await answer.json() })
}

function table(site: BenchSite, results: Map<string, Measured>): string[][] {
  const plain = results.get(names.plain)
  return [...results].map(([name, measured]) => {
    const { perSecond, p99 } = measured
    const noOp = { [names.form]: names.noOpForm, [names.json]: names.noOpJson }[name]
    const limit = noOp && results.get(noOp)
    const [p50 = '', last = ''] = times(measured)
    return [
      site.database,
      marked(name, measured),
      rate(perSecond),
      p50,
      limit ? goal(last, p99 < 50) : last,
      limit ? goal(figure(perSecond / limit.perSecond), perSecond / limit.perSecond >= 0.25) : '',
      limit && plain ? goal(`${figure(perSecond / plain.perSecond)}×`, perSecond / plain.perSecond >= 2) : '',
      ...(name === names.plain ? ['', figure(measured.databaseCpu)] : cpu(site, measured)),
    ]
  })
}
