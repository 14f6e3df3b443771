import { join } from 'node:path'
import type { Chat, ChatReads } from './chat/chat.ts'
import { openChats } from './chat/chats.ts'
import { CommentReaders, type ReadingTiming } from './chat/comments/comment-readers.ts'
import { backlogs } from './chat/connections/backlog.ts'
import { Connections, connectionsMadeBy, moveConnections, threadDataOf } from './chat/connections/connections.ts'
import { Credentials } from './chat/connections/credentials.ts'
import { mirrorsSql } from './chat/connections/mirrors.ts'
import { SignInStates } from './chat/connections/sign-in-states.ts'
import type { DeliveryContext } from './chat/delivery/context.ts'
import { DeliveryCursors } from './chat/delivery/cursor.ts'
import { ConnectionHealth } from './chat/delivery/health.ts'
import { Pace } from './chat/delivery/pace.ts'
import { type DeliveryTiming, defaultTiming } from './chat/delivery/timing.ts'
import { DeliveryWorker } from './chat/delivery/worker.ts'
import { Inbox, type InboxTiming } from './chat/inbox/inbox.ts'
import { handledMessages } from './chat/inbox/inbox-store.ts'
import { type Config, deriveKeys, type Secrets } from './config.ts'
import { lockDataDir, prepareDataDir, readOrCreateSecrets, StartError } from './database/data-dir.ts'
import type { Database } from './database/database.ts'
import { type Sql, traced } from './database/direct-sql.ts'
import type { PrismaClient } from './database/generated/client.ts'
import { expectMigrated } from './database/migrate.ts'
import { openEmbedded, openPostgres } from './database/open.ts'
import { unsafeSettings } from './database/postgres.ts'
import { Live } from './live/live.ts'
import { PeerNotifier } from './live/peer-notifier.ts'
import { PollFeed } from './live/poll-feed.ts'
import { Metrics } from './metrics/metrics.ts'
import { ActionUsers } from './people/action-users.ts'
import { ApiTokens } from './people/api-tokens.ts'
import { ChatAccounts, votingAccounts } from './people/chat-accounts.ts'
import { Merges } from './people/merges.ts'
import { People } from './people/people.ts'
import { PersonalData } from './people/personal-data.ts'
import { Sessions } from './people/sessions.ts'
import { SetAsideVotes } from './people/set-aside-votes.ts'
import { SignInLinks } from './people/sign-in-links.ts'
import { BallotEncryption } from './polls/anonymous/encryption.ts'
import { AnonymousBallotQueries } from './polls/anonymous/queries.ts'
import { BallotBox } from './polls/ballot-box/ballot-box.ts'
import type { Committed } from './polls/ballot-box/batch.ts'
import { answeredKeys } from './polls/ballot-box/idempotency.ts'
import { NonVoterQueries } from './polls/queries/non-voters.ts'
import { PollQueries } from './polls/queries/poll-queries.ts'
import { RankingCounter } from './polls/rankings/ranking-counter.ts'
import { Health, notRunning } from './server/health.ts'
import type { Tracing } from './tracing/trace-context.ts'

/** `timing`, `reading` and `inbox` replace the default timing of delivery to chats and of reading them; tests set it. */
export type ServicesConfig = Config & { timing?: DeliveryTiming; reading?: ReadingTiming; inbox?: InboxTiming }

/** The services that routes and jobs use, made once per process. */
export type Services = {
  config: ServicesConfig
  /** The keys of signed cookies, claims and chat credentials are derived from these. */
  secrets: Secrets
  clock: () => Date
  database: Database
  health: Health
  ballotBox: BallotBox
  polls: PollQueries
  nonVoters: NonVoterQueries
  counts: RankingCounter
  people: People
  personalData: PersonalData
  sessions: Sessions
  signInLinks: SignInLinks
  tokens: ApiTokens
  live: Live
  /** Undefined when metrics are switched off. */
  metrics: Metrics | undefined
  /** Undefined when tracing is switched off. */
  tracing: Tracing | undefined
  /** Undefined with the embedded database, which has one process. */
  peers: PeerNotifier | undefined
  chatAccounts: ChatAccounts
  /** Of a chat, by its key. */
  actionUsersOf(chat: string): ActionUsers
  merges: Merges
  setAsideVotes: SetAsideVotes
  credentials: Credentials
  /** Encrypts the ballots of anonymous polls. */
  ballotEncryption: BallotEncryption
  anonymousBallots: AnonymousBallotQueries
  connections: Connections
  signInStates: SignInStates
  /** Every configured chat, by its key. */
  chats: ReadonlyMap<string, Chat>
  delivery: DeliveryWorker
  commentReaders: CommentReaders
  /** What chats push. Their routes register how it is handled. */
  inbox: Inbox
}

/** People wait for this while their data is removed. */
const forgettingTimeoutMs = 3_000

export function makeServices(
  config: ServicesConfig,
  secrets: Secrets,
  opened: Database,
  clock = () => new Date(),
  tracing?: Tracing,
): Services {
  const database = tracing ? withSpans(opened, tracing) : opened
  const { prisma, sql } = database
  const live = new Live()
  const polls = new PollQueries(prisma, mirrorsSql, sql)
  const feed = new PollFeed(live, polls)
  const channel = database.channel?.('polldock_polls')
  const peers = channel && new PeerNotifier(channel, feed)
  const credentials = new Credentials(deriveKeys(secrets, 'chat credentials'))
  const metrics = config.metrics && new Metrics()
  const nonVoters = new NonVoterQueries(prisma, clock)
  const timing = config.timing ?? defaultTiming
  const openedChats = openChats(config, {
    ...{ timeouts: timing.timeouts, clock, secrets, reads: chatReads(prisma, polls) },
  })
  const chats = new Map(openedChats.map(({ chat }) => [chat.description.key, chat]))
  const readers = new Map(
    openedChats.flatMap(({ chat, reader }) => (reader ? [[chat.description.key, reader] as const] : [])),
  )
  const delivery = makeDelivery({ timing, chats, prisma, clock, polls, nonVoters, credentials, metrics, tracing })
  const publish = (committed: Committed[]) => {
    feed.publishCommitted(committed)
    peers?.notify(committed)
  }
  const ballotEncryption = new BallotEncryption(deriveKeys(secrets, 'secret ballots'))
  const observer = metrics?.ballots
  const counts = new RankingCounter(prisma)
  const box = new BallotBox(database, clock, publish, delivery.enqueue, {
    observer,
    traceContext: tracing,
    encryption: ballotEncryption,
    counter: counts,
  })
  metrics?.watch({
    commandsWaiting: () => box.waiting,
    viewers: () => live.viewers,
    pool: () => database.pool?.(),
    backlogs: (known, most) => backlogs(prisma, known, most),
  })
  const chatAccounts = new ChatAccounts(prisma, clock, sql)
  const commentReaders = new CommentReaders(
    { prisma, ballotBox: box, chatAccounts, credentials, readers, clock },
    config.reading,
  )
  return {
    config,
    secrets,
    clock,
    database,
    metrics,
    tracing,
    health: healthOf(database),
    live,
    peers,
    ballotBox: box,
    polls,
    nonVoters,
    counts,
    ballotEncryption,
    anonymousBallots: new AnonymousBallotQueries(prisma, ballotEncryption),
    people: new People(prisma, clock, sql),
    personalData: new PersonalData(prisma, clock, box, connectionsMadeBy, forgetIn(chats)),
    sessions: new Sessions(prisma, clock, sql),
    signInLinks: new SignInLinks(prisma, clock),
    tokens: new ApiTokens(prisma, clock, sql),
    chatAccounts,
    actionUsersOf: (chat) => new ActionUsers(prisma, chat),
    merges: new Merges(prisma, clock, box, moveConnections),
    setAsideVotes: new SetAsideVotes(prisma, box),
    credentials,
    connections: new Connections(prisma, clock, [delivery, commentReaders]),
    signInStates: new SignInStates(prisma, clock, new Credentials(deriveKeys(secrets, 'chat sign-ins'))),
    chats,
    delivery,
    commentReaders,
    inbox: new Inbox(prisma, clock, config.inbox, tracing),
  }
}

function chatReads(prisma: PrismaClient, polls: PollQueries): ChatReads {
  return {
    ballots: async (poll, chat, limit) => {
      if (poll.anonymous) return []
      const { votes } = await polls.votesPage(poll.id, { from: '', limit })
      const voters = votes.map(({ person }) => person.id)
      const accounts = await votingAccounts(prisma, chat, voters)
      return votes.map(({ person, choices, at }) => {
        return { person, choices, accounts: accounts.get(person.id) ?? [], at: at ?? poll.createdAt }
      })
    },
    answered: (chat, keys) => answeredKeys(prisma, chat, keys),
    handled: (chat, messages) => handledMessages(prisma, chat, messages),
    threads: (connectionId) => threadDataOf(prisma, connectionId),
  }
}

/** Resolves to whether every chat has forgotten the name. */
function forgetIn(chats: ReadonlyMap<string, Chat>) {
  return async (personId: string, name: string): Promise<boolean> => {
    const signal = AbortSignal.timeout(forgettingTimeoutMs)
    const forgotten = [...chats.values()].map((chat) => chat.forgetName?.(personId, name, signal) ?? true)
    return !(await Promise.all(forgotten)).includes(false)
  }
}

/** Prisma's statements have spans of their own. */
function withSpans(database: Database, tracing: Tracing): Database {
  const inSpan = (sql: Sql) => traced(sql, (run) => tracing.continueTrace({ name: 'sql' }, [tracing.current()], run))
  const transaction: Database['transaction'] = (work) => database.transaction((tx) => work(inSpan(tx)))
  return { ...database, sql: inSpan(database.sql), transaction }
}

/** Until `startJobs` replaces it, the check of jobs fails. */
function healthOf(database: Database): Health {
  const health = new Health()
  // The value makes it a prepared statement, as in requests: some poolers do not support those.
  health.require('database', () => database.prisma.$queryRaw`SELECT ${1}::int`)
  health.require('migrations', () => expectMigrated(database))
  health.require('jobs', notRunning)
  return health
}

type ForDelivery = Pick<Services, 'chats' | 'clock' | 'polls' | 'nonVoters' | 'credentials' | 'metrics' | 'tracing'> & {
  timing: DeliveryTiming
  prisma: PrismaClient
}

function makeDelivery({
  timing,
  chats,
  prisma,
  clock,
  polls,
  nonVoters,
  credentials,
  metrics,
  tracing,
}: ForDelivery): DeliveryWorker {
  const cursors = new DeliveryCursors(prisma)
  const expireMs = timing.limits.expireSeconds * 1_000
  const health = new ConnectionHealth(prisma, clock, { backoff: timing.backoff, tryMs: expireMs })
  const pace = new Pace(timing.paceMs)
  // The last call of a run ends before the job expires and another process takes the thread.
  const runMs = expireMs / 4
  const observe: DeliveryContext['observe'] = metrics && ((delivered) => metrics.deliveries.delivered(delivered))
  return new DeliveryWorker(
    prisma,
    {
      cursors,
      health,
      polls,
      nonVoters,
      credentials,
      chats,
      pace,
      hold: timing.hold,
      clock,
      runMs,
      traceContext: tracing,
      observe,
    },
    timing,
  )
}

/**
 * Opens the data directory, the secret and the database, and migrates the database.
 *
 * @returns the services, and a function that closes everything
 * @throws {StartError} with one plain line for the operator
 */
export async function openServices(
  config: ServicesConfig,
  clock?: () => Date,
  tracing?: Tracing,
): Promise<{ services: Services; close(): Promise<void> }> {
  const isEmbedded = config.databaseUrl === undefined
  if (isEmbedded || !config.secrets) await prepareDataDir(config.dataDir)
  const release = isEmbedded ? lockDataDir(config.dataDir) : () => {}
  const secrets = config.secrets ?? (await readOrCreateSecrets(config.dataDir))
  const database = await openDatabase(config)
  const services = makeServices(config, secrets, database, clock, tracing)
  return {
    services,
    close: async () => {
      await services.ballotBox.settled()
      await services.peers?.stop()
      await services.counts.close()
      await database.close()
      release()
    },
  }
}

async function openDatabase({ databaseUrl, dataDir, mayLoseData }: Config): Promise<Database> {
  try {
    if (databaseUrl && !mayLoseData) await expectDurable(databaseUrl)
    return databaseUrl ? await openPostgres(databaseUrl) : await openEmbedded(join(dataDir, 'pgdata'))
  } catch (error) {
    if (error instanceof StartError) throw error
    const where = databaseUrl ? 'at DATABASE_URL' : `in ${dataDir}`
    throw new StartError(`The database ${where} cannot be opened: ${(error as Error).message.trim()}`)
  }
}

async function expectDurable(databaseUrl: string): Promise<void> {
  const unsafe = await unsafeSettings(databaseUrl)
  if (unsafe.length === 0) return
  const safe = unsafe.map((name) => `${name} = on`).join(', ')
  throw new StartError(
    `The PostgreSQL at DATABASE_URL may lose votes in a power failure. Set ${safe} there, or ALLOW_DATA_LOSS=on here to start anyway.`,
  )
}
