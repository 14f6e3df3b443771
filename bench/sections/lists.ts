import { loading, type Measured, measure, type Subject } from '../measure.ts'
import { copyPolls, createPolls, tidy } from '../population.ts'
import { type BenchPoll, pageRequest } from '../requests.ts'
import { figure, goal, marked, type Scale, type Section } from '../section.ts'
import type { BenchSite } from '../site.ts'

const pages = {
  'home page': '/',
  'a category': '/?category=Food',
  'a search that finds nothing': '/?q=quagga',
  'a search that finds all': '/?q=eat',
}

/** Polls that are added after statistics were gathered. */
const added = 10_000

/** In milliseconds. */
const maxSearch = 20

export const lists: Section = {
  key: 'l',
  title: 'Lists of few and of many polls',
  columns: ['database', 'polls', ...Object.keys(pages).map((name) => `${name}, p50 ms`)],
  rows: async (site, scale) => {
    const [poll] = (await createPolls(site.port, 1)) as [BenchPoll]
    const rows: { polls: string; results: Measured[] }[] = []
    let there = 0
    const fill = async (size: number) => {
      await copyPolls(site.server, poll, there, size)
      there = size
    }
    for (const size of scale.sizes) {
      await fill(size)
      await tidy(site.databaseUrl)
      rows.push({ polls: size.toLocaleString('en'), results: await read(site, scale) })
    }
    await fill(there + added)
    rows.push({ polls: `and ${added.toLocaleString('en')} new ones`, results: await read(site, scale) })
    return [...rows.map(({ polls, results }) => shown(site, polls, results)), spreads(site, rows)]
  },
  note:
    'One signed-in reader at a time, the first page of twenty cards. Goal: with more polls at most 1.3 times as long, and on PostgreSQL a search below ' +
    `${maxSearch} ms. The last polls are added without gathering statistics again.`,
}

async function read(site: BenchSite, scale: Scale): Promise<Measured[]> {
  return [...(await measure(site, Object.entries(pages).map(reading(site)), scale)).values()]
}

function reading(site: BenchSite): (page: [name: string, path: string]) => Subject {
  return ([name, path]) => ({
    name,
    run: (seconds) =>
      site.load.run(loading(site, { targets: [pageRequest(path, site.csrf)], connections: 1, seconds })),
  })
}

function shown({ database, databaseUrl }: BenchSite, polls: string, results: Measured[]): string[] {
  const times = results.map(({ p50 }, index) => {
    const isSearch = Object.values(pages)[index]?.includes('?q=')
    return isSearch && databaseUrl ? goal(figure(p50), p50 < maxSearch) : figure(p50)
  })
  return [database, marked(polls, results.find(({ errors }) => errors > 0) ?? (results[0] as Measured)), ...times]
}

function spreads({ database }: BenchSite, rows: { results: Measured[] }[]): string[] {
  const ratios = Object.keys(pages).map((_, index) => {
    const times = rows.map(({ results }) => results[index]?.p50 ?? Number.NaN)
    return Math.max(...times) / (times[0] ?? Number.NaN)
  })
  return [database, 'slowest / with few polls', ...ratios.map((ratio) => goal(`${figure(ratio)}×`, ratio <= 1.3))]
}
