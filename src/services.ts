import { backlogs } from './chat/backlog.ts'
import type { Chat } from './chat/chat.ts'
import { ConnectionHealth } from './chat/connection-health.ts'
import { Connections } from './chat/connections.ts'
import { Credentials } from './chat/credentials.ts'
import type { Means } from './chat/deliver.ts'
import { Pace } from './chat/deliver-pace.ts'
import { Delivery } from './chat/delivery.ts'
import type { Patience } from './chat/flowdock/calls.ts'
import { FlowdockClient } from './chat/flowdock/client.ts'
import { Pairings } from './chat/pairings.ts'
import { Places } from './chat/places.ts'
import { ordinaryTiming } from './chat/timing.ts'
import { type Config, deriveKeys, type Secrets, withClientSecret } from './config.ts'
import type { PrismaClient } from './database/generated/client.ts'
import { expectMigrated } from './database/migrate.ts'
import type { Database } from './database/open.ts'
import { Health, notRunning } from './health.ts'
import { Feed } from './live/feed.ts'
import { Live } from './live/live.ts'
import { Neighbours } from './live/neighbours.ts'
import { Metrics } from './metrics/metrics.ts'
import { ApiTokens } from './people/api-tokens.ts'
import { ChatAccounts } from './people/chat-accounts.ts'
import { ChatCallers } from './people/chat-callers.ts'
import { Merges } from './people/merges.ts'
import { People } from './people/people.ts'
import { Sessions } from './people/sessions.ts'
import { SetAsideVotes } from './people/set-aside-votes.ts'
import { BallotBox } from './polls/ballot-box.ts'
import type { Committed } from './polls/batch.ts'
import { Counts } from './polls/counts.ts'
import { PollQueries } from './polls/queries.ts'
import { SecretBallotQueries } from './polls/secret-ballots/queries.ts'
import { BallotSeal } from './polls/secret-ballots/seal.ts'
import type { Tracing } from './tracing/tracing.ts'

/** All that the faces work with, made once per process. */
export type Services = {
  config: Config
  /** What the keys of signed cookies, claims and chat credentials are derived from. */
  secrets: Secrets
  clock: () => Date
  database: Database
  health: Health
  box: BallotBox
  polls: PollQueries
  counts: Counts
  people: People
  sessions: Sessions
  tokens: ApiTokens
  live: Live
  /** Undefined when nobody asks for them. */
  metrics: Metrics | undefined
  /** Undefined when nothing is traced. */
  tracing: Tracing | undefined
  /** Undefined where there can be none. */
  neighbours: Neighbours | undefined
  chatAccounts: ChatAccounts
  chatCallers: ChatCallers
  merges: Merges
  setAsideVotes: SetAsideVotes
  credentials: Credentials
  /** Seals secret ballots. */
  seal: BallotSeal
  secretBallots: SecretBallotQueries
  connections: Connections
  pairings: Pairings
  delivery: Delivery
}

export function makeServices(
  config: Config,
  secrets: Secrets,
  database: Database,
  clock = () => new Date(),
  tracing?: Tracing,
): Services {
  const { prisma } = database
  const live = new Live()
  const polls = new PollQueries(prisma)
  const feed = new Feed(live, polls)
  const channel = database.channel?.('polldock_polls')
  const neighbours = channel && new Neighbours(channel, feed)
  const credentials = new Credentials(deriveKeys(secrets, 'chat credentials'))
  const metrics = config.metrics && new Metrics()
  const delivery = makeDelivery({ config, prisma, clock, polls, credentials, metrics, tracing })
  const tell = (committed: Committed[]) => {
    feed.take(committed)
    neighbours?.tell(committed)
  }
  const seal = new BallotSeal(deriveKeys(secrets, 'secret ballots'))
  const observer = metrics?.ballots
  const box = new BallotBox(database, clock, tell, delivery.alongside, { observer, trail: tracing, seal })
  metrics?.watch({
    commandsWaiting: () => box.waiting,
    viewers: () => live.viewers,
    pool: () => database.pool?.(),
    backlogs: (known, most) => backlogs(prisma, known, most),
  })
  return {
    config: withClientSecret(config, secrets),
    secrets,
    clock,
    database,
    metrics,
    tracing,
    health: healthOf(database),
    live,
    neighbours,
    box,
    polls,
    counts: new Counts(prisma),
    seal,
    secretBallots: new SecretBallotQueries(prisma, seal),
    people: new People(prisma, clock),
    sessions: new Sessions(prisma, clock),
    tokens: new ApiTokens(prisma, clock),
    chatAccounts: new ChatAccounts(prisma, clock),
    chatCallers: new ChatCallers(prisma, 'flowdock'),
    merges: new Merges(prisma, clock, box),
    setAsideVotes: new SetAsideVotes(prisma, box),
    credentials,
    connections: new Connections(prisma, clock, delivery),
    pairings: new Pairings(prisma, clock, new Credentials(deriveKeys(secrets, 'chat sign-ins'))),
    delivery,
  }
}

/** Jobs are started later, and speak for themselves then. */
function healthOf(database: Database): Health {
  const health = new Health()
  // With a value, so that it is prepared, as are the statements of requests: not every pooler lets them.
  health.require('database', () => database.prisma.$queryRaw`SELECT ${1}::int`)
  health.require('migrations', () => expectMigrated(database))
  health.require('jobs', notRunning)
  return health
}

type ForDelivery = Pick<Services, 'config' | 'clock' | 'polls' | 'credentials' | 'metrics' | 'tracing'> & {
  prisma: PrismaClient
}

function makeDelivery({ config, prisma, clock, polls, credentials, metrics, tracing: trail }: ForDelivery): Delivery {
  const timing = config.timing ?? ordinaryTiming
  const places = new Places(prisma)
  const expireMs = timing.limits.expireSeconds * 1_000
  const health = new ConnectionHealth(prisma, clock, { backoff: timing.backoff, tryMs: expireMs })
  const pace = new Pace(timing.paceMs)
  const chats = chatsOf(config, timing.patience, clock)
  // A last call that takes all of its time still ends before the thread is given to somebody else.
  const turnMs = expireMs / 4
  const observe: Means['observe'] = metrics && ((delivered) => metrics.deliveries.delivered(delivered))
  return new Delivery(
    prisma,
    { places, health, polls, credentials, chats, pace, clock, turnMs, trail, observe },
    timing,
  )
}

/** Every chat that there is, under its name. */
function chatsOf({ flowdock, publicUrl }: Config, patience: Patience, clock: () => Date): Map<string, Chat> {
  const chats = new Map<string, Chat>()
  if (flowdock) chats.set('flowdock', new FlowdockClient({ apiUrl: flowdock.apiUrl, publicUrl, patience, clock }))
  return chats
}
