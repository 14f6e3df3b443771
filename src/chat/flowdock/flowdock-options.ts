import type { Services } from '../../services.ts'
import type { FlowdockUserApi } from './user-api.ts'

/** What the routes of this face work with. */
export type FlowdockOptions = { services: Services; calls: FlowdockUserApi }
