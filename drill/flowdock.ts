import { setTimeout as sleep } from 'node:timers/promises'
import { maxSingleVotes, messageUuid } from '../src/chat/delivery/messages.ts'
import { defaultTiming } from '../src/chat/delivery/timing.ts'
import { readFlowdockConfig } from '../src/chat/flowdock/config.ts'
import { eventKinds } from '../src/chat/wording.ts'
import { readConfig } from '../src/config.ts'
import { application } from '../src/sandbox/beside.ts'
import { buildSandbox, type Sandbox } from '../src/sandbox/sandbox.ts'
import { connect } from '../src/sandbox/state/inbox.ts'
import type { InboxEntry } from '../src/sandbox/state/types.ts'
import { openServices } from '../src/services.ts'
import type { ApiPoll, LoggedEvent } from '../test/support/api-calls.ts'
import { clientSecret } from '../test/support/flowdock-token.ts'
import { startTcpProxy, type TcpProxy } from '../test/support/tcp-proxy.ts'
import { type Finding, shown } from './drill.ts'
import { ordinary } from './polldock.ts'
import type { DrillSite } from './site.ts'

/** The public URL of Polldock. */
export const publicUrl = 'http://polldock.test'

/** A Flowdock behind a line that can be cut, a database, and a connection in it. */
export type Flowdock = {
  sandbox: Sandbox
  line: TcpProxy
  /** The connection's id. */
  id: string
  /** The environment variables of Polldock. */
  variables: Record<string, string>
  /**
   * Waits until the last event of every log is delivered, then checks all messages. `cuts`: how often the line was cut.
   */
  check(logs: Map<ApiPoll, LoggedEvent[]>, withinMs: number, cuts?: number): Promise<Finding>
}

/** @param database the variables that name Polldock's database; a new one on the PostgreSQL server without them */
export async function openFlowdock(site: DrillSite, database?: Record<string, string>): Promise<Flowdock> {
  const client = { FLOWDOCK_CLIENT_ID: 'polldock', FLOWDOCK_CLIENT_SECRET: clientSecret }
  const given = { ...ordinary, ...client, PUBLIC_URL: publicUrl }
  const flowdock = readFlowdockConfig(readConfig({ ...given, FLOWDOCK_API_URL: 'http://127.0.0.1' }), [''])
  if (!flowdock) throw new TypeError('There is no Flowdock.')
  const text = 2 ** 30
  const limits = { messages: 100_000, messageText: text, threads: 10_000, threadText: text, sources: 100 }
  const sandbox = await buildSandbox({ applications: [application(flowdock, new URL(publicUrl))], limits })
  site.defer(() => sandbox.app.close())
  const { port } = new URL(await sandbox.app.listen({ host: '127.0.0.1', port: 0 }))
  const line = await startTcpProxy(Number(port))
  site.defer(() => line.close())
  const FLOWDOCK_API_URL = `http://127.0.0.1:${line.port}`
  const variables = { ...given, FLOWDOCK_API_URL, ...(database ?? { DATABASE_URL: await site.createDatabase() }) }
  const { id, posted } = await pair(sandbox, variables)
  return {
    sandbox,
    line,
    id,
    variables,
    check: (logs, withinMs, cuts = 0) => check(id, posted, logs, withinMs, cuts),
  }
}

/** Connects a flow for all polls and later events. */
async function pair(sandbox: Sandbox, variables: Record<string, string>) {
  const [flow] = sandbox.world.flows
  const [creator] = sandbox.world.users
  const [client] = sandbox.world.applications.list()
  if (!flow || !creator || !client) throw new Error('The sandbox is empty.')
  const flowPath = new URL(sandbox.world.flowUrl(flow)).pathname
  const source = connect(flow, { name: 'Polls', externalUrl: null, application: client, creator })
  const { services, close } = await openServices(readConfig(variables))
  const id = await services.connections.create({
    ...{ chat: 'flowdock', name: 'Polls', roomName: 'Acme / Main', roomUrl: null },
    ...{ categories: [], eventKinds: [...eventKinds], start: 'now', externalId: String(source.id) },
    address: { flowPath, sourcePath: `${flowPath}/sources/${source.id}` },
    credentials: await services.credentials.seal(source.flowToken),
    createdBy: await services.people.createGuest('Pairing'),
  })
  await close()
  const posted = () =>
    flow.messages
      .list()
      .filter((message): message is InboxEntry => 'source' in message && message.source.id === source.id)
  return { id, posted }
}

type Posted = () => InboxEntry[]

async function check(
  connectionId: string,
  posted: Posted,
  logs: Map<ApiPoll, LoggedEvent[]>,
  withinMs: number,
  cuts: number,
) {
  const places = new Map(
    [...logs].flatMap(([{ id }, log]) =>
      log.map(({ revision }) => [messageUuid(connectionId, id, revision), { id, revision }] as const),
    ),
  )
  const told = () => Map.groupBy(posted(), ({ uuid }) => places.get(uuid ?? '')?.id)
  const revisionOf = ({ uuid }: InboxEntry) => places.get(uuid ?? '')?.revision ?? 0
  const isTold = ([{ id }, log]: [ApiPoll, LoggedEvent[]]) =>
    told()
      .get(id)
      ?.some((one) => revisionOf(one) === log.length)
  const start = performance.now()
  while (![...logs].every(isTold) && performance.now() - start < withinMs) await sleep(100)
  const seconds = ((performance.now() - start) / 1_000).toFixed(1)

  const threads = [...logs].map(([{ id }, log]) => readThread(log, told().get(id) ?? [], revisionOf))
  const faults = threads.flatMap(({ faults }) => faults)
  const repeats = threads.reduce((sum, { repeats }) => sum + repeats, 0)
  const unknown = told().get(undefined)?.length ?? 0
  const maxRepeats = cuts * defaultTiming.limits.perGroup
  return {
    promise: `in the chat every event arrives in its thread, in order, none missing; ${maxRepeats > 0 ? `at most ${maxRepeats} repeated, whose answers the cut lost` : 'none repeated'}`,
    found:
      faults[0] ??
      `${shown(posted().length)} messages contain ${shown(places.size)} events, ${repeats} repeated; all there ${seconds} s later`,
    kept: faults.length === 0 && repeats <= maxRepeats && unknown === 0,
  }
}

/** One message may stand for several votes, with the number of people. A repeat directly follows its original. */
function readThread(log: LoggedEvent[], messages: InboxEntry[], revisionOf: (message: InboxEntry) => number) {
  const faults: string[] = []
  let repeats = 0
  let at = 0
  for (const message of messages) {
    const revision = revisionOf(message)
    const events = log.slice(at, revision)
    if (revision === at) repeats += 1
    else if (revision < at) faults.push(`event ${revision} after ${at}`)
    else if (!isToldBy(message, events)) faults.push(`“${message.author.name}” for ${events.length} events`)
    at = Math.max(at, revision)
  }
  if (at !== log.length) faults.push(`told up to ${at} of ${log.length}`)
  return { faults, repeats }
}

function isToldBy({ author }: InboxEntry, events: LoggedEvent[]): boolean {
  const [first] = events
  if (first && events.length === 1) return author.name === `${first.actor.name}${first.actor.isGuest ? ' (guest)' : ''}`
  const people = new Set(events.map(({ actor }) => actor.id)).size
  return (
    events.length > maxSingleVotes && events.every(({ type }) => type === 'voted') && author.name === `${people} people`
  )
}
