import type { Services } from '../../services.ts'
import type { FlowdockUserApi } from './user-api.ts'

/** What the routes of Flowdock need. */
export type FlowdockOptions = { services: Services; calls: FlowdockUserApi }
