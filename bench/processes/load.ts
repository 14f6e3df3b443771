import { hrtime } from 'node:process'
import { setTimeout as sleep } from 'node:timers/promises'
import { flowdockToken } from '../../test/support/flowdock-token.ts'
import { clientSecret, flowdockTokenPlace, tokenPlace, voterToken } from '../requests.ts'
import { BenchConnection, type BenchResponse } from './connection.ts'
import { answerCalls } from './remote.ts'

/**
 * `targets` take turns, and each request is from another voter, starting with `firstVoter`. The connections are shared
 * evenly among `ports`.
 */
export type LoadProcess = {
  ports: readonly number[]
  /** Whether each target is requested at one port only; otherwise at all of them. */
  eachAtOnePort?: boolean
  connections: number
  seconds: number
  targets: string[]
  firstVoter: number
  voters: number
  /** Whether voters repeat; otherwise the load ends after each has voted. */
  repeat: boolean
}

/** The result of the load. `answered` counts responses with a status below 400; latencies are in milliseconds. */
export type LoadResult = {
  answered: number
  errors: number
  firstError: string | undefined
  seconds: number
  latencies: Float64Array
  cpuMs: number
}

/**
 * Votes at a constant rate, independent of the responses. Times are of the system's monotonic clock, in milliseconds.
 */
export type RequestPace = { port: number; perSecond: number; seconds: number; target: string; firstVoter: number }
export type PacedVote = { revision: number; answeredAt: number }

const calls = {
  async run(load: LoadProcess): Promise<LoadResult> {
    const { ports, connections, seconds } = load
    const all = texts(load)
    const requests = ports.map((_, index) => (load.eachAtOnePort ? texts(partOf(load, index)) : all))
    const open = await Promise.all(
      Array.from({ length: connections }, (_, index) => BenchConnection.open(ports[index % ports.length] as number)),
    )
    const tally = { answered: 0, errors: 0, firstError: undefined as string | undefined, latencies: [] as number[] }
    const cpu = process.cpuUsage()
    const start = performance.now()
    await Promise.all(
      open.map((connection, index) =>
        keepBusy(connection, requests[index % ports.length] as Generator<string>, start + seconds * 1_000, tally),
      ),
    )
    const elapsed = (performance.now() - start) / 1_000
    const { user, system } = process.cpuUsage(cpu)
    for (const connection of open) connection.close()
    const latencies = Float64Array.from(tally.latencies)
    return { ...tally, seconds: elapsed, latencies, cpuMs: (user + system) / 1_000 }
  },

  async pace({ port, perSecond, seconds, target, firstVoter }: RequestPace): Promise<PacedVote[]> {
    const [before, after] = target.split(tokenPlace) as [string, string]
    const idle = await Promise.all(Array.from({ length: 64 }, () => BenchConnection.open(port)))
    const start = performance.now()
    const votes = Array.from({ length: perSecond * seconds }, async (_, index) => {
      await sleep(Math.max(0, start + (index * 1_000) / perSecond - performance.now()))
      const connection = idle.pop() ?? (await BenchConnection.open(port))
      const answer = await connection.send(before + voterToken(firstVoter + index) + after)
      const answeredAt = Number(hrtime.bigint()) / 1e6
      idle.push(connection)
      if (answer.status !== 200) throw new Error(`A vote was answered ${answer.status}: ${answer.body()}`)
      return { revision: (JSON.parse(answer.body()) as { revision: number }).revision, answeredAt }
    })
    const answered = await Promise.all(votes)
    for (const connection of idle) connection.close()
    return answered
  },
}

export type LoadCalls = typeof calls
answerCalls(calls)

/** The targets of one port, and the voters who request them. */
function partOf(load: LoadProcess, index: number): LoadProcess {
  const { length } = load.ports
  const voters = Math.floor(load.voters / length)
  const targets = load.targets.filter((_, place) => place % length === index)
  return { ...load, targets, voters, firstVoter: load.firstVoter + index * voters }
}

function* texts({ targets, firstVoter, voters, repeat }: LoadProcess): Generator<string> {
  const signs = targets.some((target) => target.includes(flowdockTokenPlace))
  const [place, token] = signs ? [flowdockTokenPlace, actionToken] : [tokenPlace, voterToken]
  const parts = targets.map((target) => target.split(place) as [string, string?])
  for (let index = 0; repeat || index < voters; index += 1) {
    const [before, after] = parts[index % parts.length] as [string, string?]
    yield after === undefined ? before : before + token(firstVoter + (index % voters), bodyIn(after)) + after
  }
}

/** The body at the end of a request. */
function bodyIn(text: string): string {
  return text.slice(text.indexOf('\r\n\r\n') + 4)
}

let actionTokens = 0

/** The same voter may vote in another poll within the second, and still gets a different token. */
function actionToken(voter: number, body: string): string {
  actionTokens += 1
  return flowdockToken(String(voter), new Date(), {
    body,
    secret: clientSecret,
    claims: { jti: actionTokens },
  })
}

type LoadTally = Pick<LoadResult, 'answered' | 'errors' | 'firstError'> & { latencies: number[] }

async function keepBusy(connection: BenchConnection, requests: Generator<string>, deadline: number, tally: LoadTally) {
  while (performance.now() < deadline) {
    const { value, done } = requests.next()
    if (done) return
    const sent = performance.now()
    const answer: BenchResponse | Error = await connection.send(value).catch((error: Error) => error)
    if (!(answer instanceof Error) && answer.status < 400) {
      tally.answered += 1
      tally.latencies.push(performance.now() - sent)
      continue
    }
    tally.errors += 1
    tally.firstError ??= answer instanceof Error ? answer.message : `${answer.status} ${answer.body().slice(0, 300)}`
    if (answer instanceof Error) return
  }
}
