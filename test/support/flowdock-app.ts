import type { AddressInfo } from 'node:net'
import type { ReadingTiming } from '../../src/chat/comments/comment-readers.ts'
import type { DeliveryTiming } from '../../src/chat/delivery/timing.ts'
import { type EventKind, eventKinds } from '../../src/chat/wording.ts'
import type { Connection } from '../../src/database/generated/client.ts'
import { startJobs } from '../../src/jobs/jobs.ts'
import type { PersonName } from '../../src/people/model/person-name.ts'
import type { Command } from '../../src/polls/model/commands.ts'
import type { Poll } from '../../src/polls/model/poll.ts'
import { buildSandbox, type Sandbox } from '../../src/sandbox/sandbox.ts'
import { connect } from '../../src/sandbox/state/inbox.ts'
import type { FlowThread, InboxEntry, Source } from '../../src/sandbox/state/types.ts'
import type { Services } from '../../src/services.ts'
import { application } from '../sandbox/box.ts'
import { openTestApp, type TestApp, type TestAppOptions } from './app.ts'
import { castVote } from './cast-vote.ts'
import { RunningClock } from './clock.ts'
import { type Asked, createPerson, createPoll } from './polls.ts'

/** The timing of production, shortened for tests. */
export const quickTiming: DeliveryTiming = {
  limits: { atOnce: 32, perGroup: 4, expireSeconds: 5, pollMs: 200 },
  superviseSeconds: 1,
  sweepMs: 1_000,
  paceMs: 200,
  hold: { quietMs: 0, maxMs: 0 },
  backoff: { firstMs: 20, maxMs: 200 },
  // Answers take milliseconds, and on a busy machine now and then a second.
  timeouts: { connectMs: 2_500, totalMs: 2_500 },
}

export const quickReading: ReadingTiming = { lookMs: 100, leaseMs: 3_000, backoff: { firstMs: 20, maxMs: 200 } }

/** A connection, and its end in the sandbox. */
export type Paired = { id: string; source: Source }

export type Wanted = { categories?: string[]; eventKinds?: EventKind[]; start?: 'now' | 'open-polls' }

/** The app and a Flowdock, each a server, with all background jobs of the app. */
export type FlowdockApp = TestApp & {
  sandbox: Sandbox
  pair(wanted?: Wanted): Promise<Paired>
  /** What a connection has posted, the oldest first. */
  posted(paired: Paired): InboxEntry[]
  threads(paired: Paired): FlowThread[]
  titles(paired: Paired): string[]
  /** Reads its row. */
  connection(paired: Paired): Promise<Connection>
  newPoll(by: PersonName, asked?: Asked): Promise<Poll>
  vote(poll: Poll, by: PersonName, option?: number): Promise<unknown>
  submit(poll: Poll, command: Command): Promise<unknown>
}

export async function openFlowdockApp(
  timing: DeliveryTiming = quickTiming,
  options: TestAppOptions = {},
): Promise<FlowdockApp> {
  const { sandbox, url } = await openFlowdock()
  const testApp = await openTestApp({
    ...options,
    env: { ...flowdockVariables(url), ...options.env },
    config: { timing, reading: quickReading },
    clock: new RunningClock(),
  })
  const { services, app } = testApp
  const jobs = await startJobs(services, app.log)
  return {
    ...testApp,
    sandbox,
    pair: (wanted) => pair(services, sandbox, wanted),
    posted: (paired) => postedBy(sandbox, paired),
    titles: (paired) => postedBy(sandbox, paired).map(({ title }) => title),
    connection: ({ id }) => testApp.database.prisma.connection.findUniqueOrThrow({ where: { id } }),
    newPoll: (by, asked) => createPoll(services.ballotBox, by, asked),
    vote: (poll, by, option) => services.ballotBox.submit({ pollId: poll.id, command: castVote(poll, by, option) }),
    submit: (poll, command) => services.ballotBox.submit({ pollId: poll.id, command }),
    threads: ({ source }) =>
      flowOf(sandbox)
        .threads.list()
        .filter((thread) => thread.source.id === source.id),
    close: async () => {
      await jobs.stop()
      await testApp.close()
      await sandbox.app.close()
    },
  }
}

/** The environment variables of Polldock for this Flowdock. */
export function flowdockVariables(url: string): Record<string, string> {
  const { clientId, clientSecret } = application
  return { FLOWDOCK_API_URL: url, FLOWDOCK_CLIENT_ID: clientId, FLOWDOCK_CLIENT_SECRET: clientSecret }
}

/** A Flowdock on a free port. */
export async function openFlowdock(): Promise<{ sandbox: Sandbox; url: string }> {
  const text = 2 ** 30
  const limits = { messages: 100_000, messageText: text, threads: 10_000, threadText: text, sources: 10_000 }
  const sandbox = await buildSandbox({ applications: [application], limits })
  await sandbox.app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = sandbox.app.server.address() as AddressInfo
  return { sandbox, url: `http://127.0.0.1:${port}` }
}

/** Connects the sandbox's first flow, for everything by default. */
export async function pair(services: Services, sandbox: Sandbox, wanted: Wanted = {}): Promise<Paired> {
  const { categories = [], eventKinds: kinds = [...eventKinds], start = 'now' } = wanted
  const [creator] = sandbox.world.users
  if (!creator) throw new Error('The sandbox is empty.')
  const source = connect(flowOf(sandbox), { name: 'Polls', externalUrl: null, application, creator })
  const id = await services.connections.create({
    ...{ chat: 'flowdock', name: 'Polls', roomName: 'Acme / Main', roomUrl: null, address: {} },
    ...{ categories, eventKinds: kinds, start },
    externalId: String(source.id),
    credentials: await services.credentials.seal(source.flowToken),
    createdBy: await createPerson(services.database),
  })
  await services.delivery.wake(id)
  return { id, source }
}

export function postedBy(sandbox: Sandbox, { source }: Paired): InboxEntry[] {
  const messages = flowOf(sandbox).messages.list()
  return messages.filter((message): message is InboxEntry => 'source' in message && message.source.id === source.id)
}

function flowOf({ world }: Sandbox) {
  const [flow] = world.flows
  if (!flow) throw new Error('The sandbox is empty.')
  return flow
}
