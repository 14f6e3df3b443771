import type { FastifyRequest } from 'fastify'
import type { Homeserver } from '../homeserver.ts'
import type { Pusher } from '../push/pusher.ts'
import type { RateLimits } from '../request/rate-limits.ts'
import type { Requester } from '../request/requester.ts'
import type { SentTransactions } from '../request/sent-transactions.ts'

/** The services of the routes. */
export type MatrixParts = {
  homeserver: Homeserver
  pusher: Pusher
  limits: RateLimits
  transactions: SentTransactions
  /** Who sends the request. */
  requester: (request: FastifyRequest) => Requester
}
