import type { Services } from '../../../services.ts'
import type { FlowdockUserApi } from '../user-api.ts'

/** What the routes of sign-in and pairing need. */
export type PairingOptions = { services: Services; calls: FlowdockUserApi }
