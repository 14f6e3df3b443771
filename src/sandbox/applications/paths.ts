import type { FastifyRequest } from 'fastify'
import type { Application } from '../state/types.ts'
import { Refused } from '../web/forms.ts'
import type { World } from '../world.ts'

/** As in Flowdock's guides. */
export const applicationsPath = '/oauth/applications'

export type ApplicationParams = { Params: { application: string } }

export function applicationPath({ id }: Application): string {
  return `${applicationsPath}/${id}`
}

/** @throws {Refused} 404 for an unknown application */
export function applicationOf({ applications }: World, { params }: FastifyRequest<ApplicationParams>): Application {
  const application = applications.get(Number(params.application))
  if (application) return application
  throw new Refused(404, 'This application does not exist. It may be deleted, or the sandbox was restarted.')
}

/** @throws {Refused} 403 for one of the configuration */
export function changeableOf(world: World, request: FastifyRequest<ApplicationParams>): Application {
  const application = applicationOf(world, request)
  if (!world.applications.isFixed(application)) return application
  throw new Refused(403, `${application.name} is part of the sandbox’s configuration. Change it there.`)
}
