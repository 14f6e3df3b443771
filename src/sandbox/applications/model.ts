import type { Flow } from '../state/flow.ts'
import { type Application, outOfBand, type User } from '../state/types.ts'
import { flowPath, iconPath } from '../web/paths.ts'
import type { World } from '../world.ts'
import { applicationPath } from './paths.ts'
import { setupUrl } from './uris.ts'

/** An application in a list. */
export function cardModel(world: World, application: Application) {
  const { name, clientId } = application
  const isFixed = world.applications.isFixed(application)
  return { name, clientId, isFixed, path: applicationPath(application), icon: iconPath(application) }
}

/** @param flowId of the flow for which the setup URI is shown */
export function applicationModel(world: World, user: User, application: Application, flowId?: unknown) {
  const { callbackUri, setupUri, configurationUri, clientSecret } = application
  const flows = world.flowsOf(user)
  const flow = flows.find(({ id }) => id === flowId)
  const card = cardModel(world, application)
  return {
    title: application.name,
    application: {
      ...card,
      ...{ callbackUri, setupUri, configurationUri, isOutOfBand: callbackUri === outOfBand },
      clientSecret: card.isFixed ? undefined : clientSecret,
      sources: flows.flatMap((flow) => sourcesIn(world, flow, application)),
    },
    flows: flows.map(({ id, name }) => ({ id, name })),
    setup: flow && { flow: flow.id, name: flow.name, url: setupUrl(world, flow, application) },
  }
}

function sourcesIn(world: World, flow: Flow, application: Application) {
  return world.sources
    .list(flow.id)
    .filter((source) => source.application === application)
    .map(({ id, name }) => ({ id, name, flow: flow.name, settings: `${flowPath(world, flow)}/settings` }))
}
