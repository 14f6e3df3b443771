import type { Services } from '../services.ts'
import type { PollFragments } from './poll/poll-fragments.ts'

/** The services that show the page of a poll. */
export type PageServices =
  | 'config'
  | 'secrets'
  | 'signInLinks'
  | 'clock'
  | 'polls'
  | 'nonVoters'
  | 'anonymousBallots'
  | 'chats'

/** What the routes of pages get: the services of these names. */
export type WebOptions<Names extends keyof Services> = { services: Pick<Services, Names>; fragments: PollFragments }
