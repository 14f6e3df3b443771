import { Connections } from './chat/connections.ts'
import { Credentials } from './chat/credentials.ts'
import { Pairings } from './chat/pairings.ts'
import { type Config, withClientSecret } from './config.ts'
import type { Database } from './database/open.ts'
import { Live } from './live/live.ts'
import { ApiTokens } from './people/api-tokens.ts'
import { ChatAccounts } from './people/chat-accounts.ts'
import { People } from './people/people.ts'
import { Sessions } from './people/sessions.ts'
import { BallotBox } from './polls/ballot-box.ts'
import { PollQueries } from './polls/queries.ts'

/** All that the faces work with, made once per process. */
export type Services = {
  config: Config
  /** What sessions, CSRF tokens and signed claims are derived from. */
  secret: string
  clock: () => Date
  database: Database
  box: BallotBox
  polls: PollQueries
  people: People
  sessions: Sessions
  tokens: ApiTokens
  live: Live
  chatAccounts: ChatAccounts
  credentials: Credentials
  connections: Connections
  pairings: Pairings
}

export function makeServices(config: Config, secret: string, database: Database, clock = () => new Date()): Services {
  const { prisma } = database
  const live = new Live()
  const credentials = new Credentials(secret)
  return {
    config: withClientSecret(config, secret),
    secret,
    clock,
    database,
    live,
    box: new BallotBox(database, clock, (committed) => live.publish(committed)),
    polls: new PollQueries(prisma),
    people: new People(prisma, clock),
    sessions: new Sessions(prisma, clock),
    tokens: new ApiTokens(prisma, clock),
    chatAccounts: new ChatAccounts(prisma, clock),
    credentials,
    connections: new Connections(prisma, clock),
    pairings: new Pairings(prisma, clock, credentials),
  }
}
