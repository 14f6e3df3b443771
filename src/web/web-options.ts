import type { Services } from '../services.ts'
import type { PollFragments } from './poll/poll-fragments.ts'

/** What the routes of this face work with. */
export type WebOptions = { services: Services; fragments: PollFragments }
