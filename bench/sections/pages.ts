import { loading, type Measured, measure, type Subject } from '../measure.ts'
import { createPolls, fillPoll, tidy } from '../population.ts'
import { type BenchPoll, pageRequest, voterToken } from '../requests.ts'
import { cpu, figure, goal, marked, rate, type Section, times } from '../section.ts'
import type { BenchSite } from '../site.ts'

export const pages: Section = {
  key: 'c',
  title: 'Pages',
  columns: [
    'database',
    'page',
    'per second',
    'p50 ms',
    'p99 ms',
    'of the app',
    'of bare Fastify',
    'KiB',
    'server CPU ms',
    'database CPU ms',
  ],
  rows: async (site, scale) => {
    const [poll] = (await createPolls(site.port, 30)) as [BenchPoll]
    await fillPoll(site.server, poll, 1_000)
    await comment(site, poll)
    await tidy(site.databaseUrl)
    const rows: string[][] = []
    for (const [name, path] of [
      ['poll', poll.path],
      ['list', '/'],
    ] as const) {
      const page = await load(site, path)
      await site.server.serve({ page })
      rows.push(...table(site, name, page.length, await measure(site, subjects(site, name, path), scale)))
    }
    return rows
  },
  note:
    'Read by signed-in browsers in turns, 64 connections, without If-None-Match: every page is sent whole. The poll has ' +
    '1,000 votes and 25 comments, the list shows 20 polls. Goal: at least 0.33 of the same bytes served from memory by ' +
    'the same app with all its plugins and the session; for comparison, the same bytes from a bare Fastify.',
}

const limits = { app: 'from memory, the app', bare: 'from memory, bare Fastify' }

function subjects(site: BenchSite, name: string, path: string): Subject[] {
  const reading = (subject: string, port: number, page: string): Subject => ({
    name: subject,
    run: (seconds) => site.load.run(loading(site, { ports: [port], targets: [pageRequest(page, site.csrf)], seconds })),
  })
  return [
    reading(name, site.port, path),
    reading(limits.app, site.port, '/limits/page'),
    reading(limits.bare, site.barePort, '/page'),
  ]
}

function table(site: BenchSite, page: string, bytes: number, results: Map<string, Measured>): string[][] {
  const [app, bare] = [results.get(limits.app), results.get(limits.bare)].map((limit) => limit?.perSecond ?? 0)
  return [...results].map(([name, measured]) => {
    const ofApp = measured.perSecond / (app ?? 0)
    const isPage = name === page
    return [
      site.database,
      marked(isPage ? name : `${page} ${name}`, measured),
      rate(measured.perSecond),
      ...times(measured),
      isPage ? goal(figure(ofApp), ofApp >= 1 / 3) : '',
      isPage ? figure(measured.perSecond / (bare ?? 0)) : '',
      isPage ? figure(bytes / 1_024) : '',
      ...cpu(site, measured),
    ]
  })
}

async function load({ port, csrf }: BenchSite, path: string): Promise<Uint8Array> {
  const cookie = `polldock=${voterToken(1)}; ${csrf.cookie}`
  const response = await fetch(`http://127.0.0.1:${port}${path}`, { headers: { cookie } })
  if (response.status !== 200) throw new Error(`${path} was answered ${response.status}`)
  return new Uint8Array(await response.arrayBuffer())
}

async function comment({ port }: BenchSite, { id }: BenchPoll): Promise<void> {
  for (let index = 1; index <= 25; index += 1) {
    const response = await fetch(`http://127.0.0.1:${port}/api/polls/${id}/comments`, {
      method: 'POST',
      headers: { authorization: `Bearer ${voterToken(index)}`, 'content-type': 'application/json' },
      body: JSON.stringify({ body: `I went there ${index} times, see https://example.org/${index} for the menu.` }),
    })
    if (response.status >= 300) throw new Error(`A comment was answered ${response.status}`)
  }
}
