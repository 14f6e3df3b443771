import { type Measured, measure, type Subject } from '../measure.ts'
import { figure, goal, marked, rate, type Section } from '../section.ts'
import { type BenchSite, besideFlowdock } from '../site.ts'
import { byAction, byJson, votes } from '../voting.ts'

const names = { json: 'JSON', action: 'action', busy: 'action, while each poll is delivered to Flowdock' }

export const actions: Section = {
  key: 'h',
  title: 'Votes from inside Flowdock',
  columns: ['database', 'votes in one poll', 'per second', 'p50 ms', 'p99 ms', 'of JSON'],
  rows: (site, scale) =>
    besideFlowdock(site, async (server, port, flowdock) => {
      const beside = { ...site, server, port }
      const connect = async (count: number) => void (await server.pair(await flowdock.connect(count)))
      const subjects = [
        connected(votes(beside, names.json, byJson, 1), () => connect(0)),
        connected(votes(beside, names.action, byAction, 1), () => connect(0)),
        connected(votes(beside, names.busy, byAction, 1), () => connect(1)),
      ]
      return table(site, await measure(beside, subjects, scale))
    }),
  note:
    'What Flowdock sends when somebody picks a vote: each with its own token, which is verified, and stored with its ' +
    'answer in the vote’s transaction, so it counts once. 64 connections, distinct voters. Goal: at least 0.7 of ' +
    'the same votes through the JSON API, and p99 below a second, also while delivery is busy.',
}

function connected(subject: Subject, connect: () => Promise<void>): Subject {
  const prepare = async () => {
    await connect()
    await subject.prepare?.()
  }
  return { ...subject, prepare }
}

function table({ database }: BenchSite, results: Map<string, Measured>): string[][] {
  const json = results.get(names.json)?.perSecond ?? Number.NaN
  return [...results].map(([name, measured]) => {
    const { perSecond, p50, p99 } = measured
    const share = perSecond / json
    const shown = name === names.json ? '' : name === names.action ? goal(figure(share), share >= 0.7) : figure(share)
    return [database, marked(name, measured), rate(perSecond), figure(p50), goal(figure(p99), p99 < 1_000), shown]
  })
}
