import type { Chat } from './chat/chat.ts'
import { ConnectionHealth } from './chat/connection-health.ts'
import { Connections } from './chat/connections.ts'
import { Credentials } from './chat/credentials.ts'
import { Pace } from './chat/deliver-pace.ts'
import { Delivery } from './chat/delivery.ts'
import type { Patience } from './chat/flowdock/calls.ts'
import { FlowdockClient } from './chat/flowdock/client.ts'
import { Pairings } from './chat/pairings.ts'
import { Places } from './chat/places.ts'
import { ordinaryTiming } from './chat/timing.ts'
import { type Config, type Secrets, withClientSecret } from './config.ts'
import type { PrismaClient } from './database/generated/client.ts'
import type { Database } from './database/open.ts'
import { Live } from './live/live.ts'
import { ApiTokens } from './people/api-tokens.ts'
import { ChatAccounts } from './people/chat-accounts.ts'
import { ChatCallers } from './people/chat-callers.ts'
import { Merges } from './people/merges.ts'
import { People } from './people/people.ts'
import { Sessions } from './people/sessions.ts'
import { SetAsideVotes } from './people/set-aside-votes.ts'
import { BallotBox } from './polls/ballot-box.ts'
import { PollQueries } from './polls/queries.ts'

/** All that the faces work with, made once per process. */
export type Services = {
  config: Config
  /** What the keys of signed cookies, claims and chat credentials are derived from. */
  secrets: Secrets
  clock: () => Date
  database: Database
  box: BallotBox
  polls: PollQueries
  people: People
  sessions: Sessions
  tokens: ApiTokens
  live: Live
  chatAccounts: ChatAccounts
  chatCallers: ChatCallers
  merges: Merges
  setAsideVotes: SetAsideVotes
  credentials: Credentials
  connections: Connections
  pairings: Pairings
  delivery: Delivery
}

export function makeServices(config: Config, secrets: Secrets, database: Database, clock = () => new Date()): Services {
  const { prisma } = database
  const live = new Live()
  const polls = new PollQueries(prisma)
  const credentials = new Credentials(secrets)
  const delivery = makeDelivery({ config, prisma, clock, polls, credentials })
  const box = new BallotBox(database, clock, (committed) => live.publish(committed), delivery.alongside)
  return {
    config: withClientSecret(config, secrets),
    secrets,
    clock,
    database,
    live,
    box,
    polls,
    people: new People(prisma, clock),
    sessions: new Sessions(prisma, clock),
    tokens: new ApiTokens(prisma, clock),
    chatAccounts: new ChatAccounts(prisma, clock),
    chatCallers: new ChatCallers(prisma, 'flowdock'),
    merges: new Merges(prisma, clock, box),
    setAsideVotes: new SetAsideVotes(prisma, box),
    credentials,
    connections: new Connections(prisma, clock, delivery),
    pairings: new Pairings(prisma, clock, credentials),
    delivery,
  }
}

type ForDelivery = Pick<Services, 'config' | 'clock' | 'polls' | 'credentials'> & { prisma: PrismaClient }

function makeDelivery({ config, prisma, clock, polls, credentials }: ForDelivery): Delivery {
  const timing = config.timing ?? ordinaryTiming
  const places = new Places(prisma)
  const expireMs = timing.limits.expireSeconds * 1_000
  const health = new ConnectionHealth(prisma, clock, { backoff: timing.backoff, tryMs: expireMs })
  const pace = new Pace(timing.paceMs)
  const chats = chatsOf(config, timing.patience, clock)
  // A last call that takes all of its time still ends before the thread is given to somebody else.
  const turnMs = expireMs / 4
  return new Delivery(prisma, { places, health, polls, credentials, chats, pace, clock, turnMs }, timing)
}

/** Every chat that there is, under its name. */
function chatsOf({ flowdock, publicUrl }: Config, patience: Patience, clock: () => Date): Map<string, Chat> {
  const chats = new Map<string, Chat>()
  if (flowdock) chats.set('flowdock', new FlowdockClient({ apiUrl: flowdock.apiUrl, publicUrl, patience, clock }))
  return chats
}
