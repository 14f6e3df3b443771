import { cpus } from 'node:os'
import { type Measured, measure } from '../measure.ts'
import { figure, marked, rate, type Scale, type Section, times } from '../section.ts'
import { type BenchSite, beside } from '../site.ts'
import { byJson, votes } from '../voting.ts'

const maxProcesses = 3
const polls = 100
const connectionsEach = 64
const anywhere = 'at any process'
const atOne = 'at one process'
/** A share of the machine's processors, or of the one processor of a JavaScript thread, above which it is the limit. */
const busy = 0.9

export const severalProcesses: Section = {
  key: 'p',
  title: 'Several processes on one PostgreSQL',
  columns: [
    ...['database', 'processes', 'a poll’s votes', 'per second', 'p50 ms', 'p99 ms', 'of one process'],
    ...['processors: Polldock', 'PostgreSQL', 'load generator', 'limit'],
  ],
  rows: (site, scale) => (site.databaseUrl ? addProcesses([site], scale) : Promise.resolve([])),
  note:
    `JSON votes over ${polls} polls, ${connectionsEach} connections to each process: it gets votes of all polls, or ` +
    'all votes of its share of the polls. Each process tells the others what has changed. Processors are how many of the ' +
    'machine’s are in use on average. The embedded database has one process only.',
}

/** Measures these processes, then one more, up to `maxProcesses`. */
async function addProcesses(sites: [BenchSite, ...BenchSite[]], scale: Scale, alone?: Measured): Promise<string[][]> {
  const results = await measureTogether(sites, scale)
  const one = alone ?? (results.get(anywhere) as Measured)
  const rows = [...results].map(([name, measured]) => row(sites, name, measured, one))
  if (sites.length === maxProcesses) return rows
  const more = await beside(sites[0], {}, (server, port) =>
    addProcesses([...sites, { ...sites[0], server, port }], scale, one),
  )
  return [...rows, ...more]
}

async function measureTogether(sites: [BenchSite, ...BenchSite[]], scale: Scale): Promise<Map<string, Measured>> {
  const [first] = sites
  const cpuMs = async () => {
    const all = await Promise.all(sites.map(({ server }) => server.cpuMs()))
    return { ...(await first.cpuMs()), server: all.reduce((sum, ms) => sum + ms, 0) }
  }
  const ports = sites.map(({ port }) => port)
  const connections = connectionsEach * ports.length
  const subjects = [
    votes(first, anywhere, byJson, polls, { ports, connections }),
    votes(first, atOne, byJson, polls, { ports, connections, eachAtOnePort: true }),
  ]
  return measure({ ...first, cpuMs }, sites.length > 1 ? subjects : subjects.slice(0, 1), scale)
}

function row({ length: processes, 0: site }: BenchSite[], name: string, measured: Measured, alone: Measured): string[] {
  const { perSecond, serverCpu, databaseCpu, generatorBusy } = measured
  const [server, database] = [serverCpu, databaseCpu].map((ms) => (ms * perSecond) / 1_000) as [number, number]
  return [
    site?.database ?? '',
    marked(String(processes), measured),
    processes > 1 ? name : '',
    rate(perSecond),
    ...times(measured),
    `${figure(perSecond / alone.perSecond)}×`,
    ...[server, database, generatorBusy].map(figure),
    limit(server / processes, server + database + generatorBusy),
  ]
}

function limit(serverBusy: number, machineBusy: number): string {
  if (machineBusy > busy * cpus().length) return `the ${cpus().length} processors of the machine`
  return serverBusy > busy ? 'the processor of each process' : 'waiting: locks, the disk'
}
