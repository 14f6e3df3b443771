import type { Services } from '../../../services.ts'
import type { FlowdockUserApi } from '../user-api.ts'

/** What the routes of sign-in and pairing get: the services of these names. */
export type PairingOptions<Names extends keyof Services = keyof Services> = {
  services: Pick<Services, Names>
  calls: FlowdockUserApi
}
