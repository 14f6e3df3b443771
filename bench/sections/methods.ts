import { loading, measure, type Subject } from '../measure.ts'
import { createPolls, fillRanking, type PopulationRequest, tally, whenNotBusy } from '../population.ts'
import { type BenchPoll, jsonBallot, voterToken } from '../requests.ts'
import { figure, goal, marked, rate, type Section, times } from '../section.ts'
import type { BenchSite } from '../site.ts'

type Method = { asked: PopulationRequest; ballot(options: string[]): string[] }

const dates = ['2027-03-01', '2027-03-02', '2027-03-03', '2027-03-04', '2027-03-05']

/** Complete ballots: an answer for as many options as the method allows. */
const methods: Record<string, Method> = {
  single_choice: { asked: {}, ballot: (options) => options.slice(0, 1) },
  'single_choice, secret': { asked: { anonymous: true }, ballot: (options) => options.slice(0, 1) },
  multiple_choice: { asked: { method: 'multiple_choice' }, ballot: (options) => options.slice(0, 3) },
  score: { asked: { method: 'score' }, ballot: (options) => options.map((id, place) => `${id}=${place}`) },
  ranked: { asked: { method: 'ranked' }, ballot: (options) => options },
  dates: { asked: { method: 'dates', options: dates }, ballot: (options) => options.map((id) => `${id}=if_need_be`) },
}

export const eachMethod: Section = {
  key: 'i',
  title: 'A vote of each method',
  columns: ['database', 'votes in one poll', 'per second', 'p50 ms', 'p99 ms', 'of a single choice'],
  rows: async (site, scale) => {
    const results = await measure(
      site,
      Object.entries(methods).map(([name, method]) => wholeBallots(site, name, method)),
      scale,
    )
    const single = results.get('single_choice')?.perSecond ?? Number.NaN
    return [...results].map(([name, measured]) => {
      const share = name === 'single_choice' ? '' : figure(measured.perSecond / single)
      return [site.database, marked(name, measured), rate(measured.perSecond), ...times(measured), share]
    })
  },
  note:
    'Through the JSON API, 64 connections, distinct voters. Ballots are whole: three of five options, points, a rank or an ' +
    'answer for all five.',
}

/** Votes in an anonymous poll, one choice each. */
export function anonymousVotes(site: BenchSite): Subject {
  return wholeBallots(site, 'anonymous votes', methods['single_choice, secret'] as Method)
}

function wholeBallots(site: BenchSite, name: string, { asked, ballot }: Method): Subject {
  let polls: BenchPoll[] = []
  return {
    name,
    prepare: async () => {
      polls = await createPolls(site.port, 1, asked)
    },
    run: (seconds) => {
      const [poll] = polls as [BenchPoll]
      const turned = poll.options.map((_, place) => [...poll.options.slice(place), ...poll.options.slice(0, place)])
      const targets = turned.map((options) => jsonBallot(poll.id, ballot(options)))
      return site.load.run(loading(site, { targets, repeat: false, seconds }))
    },
    check: async ({ answered }) => {
      const { totalVotes, ballots, events } = await tally(site.server, polls)
      if ([totalVotes, ballots, events].some((count) => count !== answered))
        throw new Error(`${answered} votes were answered, but counted were ${totalVotes}`)
    },
  }
}

/** In milliseconds. */
const maxCount = 1_000

export const counting: Section = {
  key: 'j',
  title: 'Counting rankings',
  columns: ['database', 'ballots', 'options', 'first ms', 'again ms'],
  rows: async (site, { sizes: [, ballots = 0] }) => {
    const rows: string[][] = []
    for (const count of [12, 50]) {
      const options = Array.from({ length: count }, (_, index) => `Option ${index + 1}`)
      const [poll] = (await createPolls(site.port, 1, { method: 'ranked', options })) as [BenchPoll]
      await fillRanking(site.server, poll, ballots)
      const [first, again] = [await timeCount(site, poll), await timeCount(site, poll)]
      const shown = [goal(figure(first), first < maxCount), figure(again)]
      rows.push([site.database, ballots.toLocaleString('en'), String(count), ...shown])
    }
    return rows
  },
  note:
    'How long the API takes to tell how a ranking is counted: nearly no two ballots are alike, and each names all options. ' +
    'Goal: 100,000 within a second. Asked again, they are not counted again while the ballots stay as they are. The ballots ' +
    'are read in small parts, and a worker thread counts them: meanwhile the process serves others.',
}

/** The time from sending the request to the end of the response, in milliseconds. */
async function timeCount(site: BenchSite, { id }: BenchPoll): Promise<number> {
  await ask(site, `/api/polls/${id}`)
  const start = performance.now()
  const answer = await ask(site, `/api/polls/${id}/count`)
  const { ranking } = (await answer.json()) as { ranking?: { instantRunoff: { rounds: object[] } } }
  if (!ranking) throw new Error(`There was no count: ${answer.status}`)
  if (ranking.instantRunoff.rounds.length < 2) throw new Error('Nothing was counted.')
  return performance.now() - start
}

function ask({ port }: BenchSite, path: string): Promise<Response> {
  return whenNotBusy(`http://127.0.0.1:${port}${path}`, { headers: { authorization: `Bearer ${voterToken(0)}` } })
}
