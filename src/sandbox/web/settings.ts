import type { FastifyInstance, FastifyRequest } from 'fastify'
import { configurationUrl, setupUrl } from '../applications/uris.ts'
import type { Flow } from '../state/flow.ts'
import { disconnect } from '../state/inbox.ts'
import type { Application, Source } from '../state/types.ts'
import type { World } from '../world.ts'
import { type FlowParams, flowOf } from './flow.ts'
import { changing, Refused } from './forms.ts'
import { type SandboxPage, type SandboxWebOptions, type ShownFlow, shownFlow } from './page.ts'
import { flowPath, iconPath } from './paths.ts'
import { moment } from './text.ts'

type SourceParams = { Params: { organization: string; flow: string; source: string } }

export type SettingsPageModel = SandboxPage & {
  flow: ShownFlow
  apiToken: string
  sources: ReturnType<typeof sourceModel>[]
  applications: ReturnType<typeof applicationModel>[]
}

declare module './page.ts' {
  interface Views {
    settings: SettingsPageModel
  }
}

/** The settings of a flow's inbox: its sources, and the applications that can be added. */
export async function settings(app: FastifyInstance, { world, showPage }: SandboxWebOptions): Promise<void> {
  app.get<FlowParams>('/app/:organization/:flow/settings', async (request, reply) => {
    const flow = flowOf(world, request)
    return showPage(request, reply, 'settings', {
      title: `Inbox settings of ${flow.name}`,
      flow: shownFlow(world, flow),
      apiToken: flow.apiToken,
      sources: world.sources.list(flow.id).map((source) => sourceModel(world, flow, source)),
      applications: world.applications.list().map((application) => applicationModel(world, flow, application)),
    })
  })

  app.post<SourceParams>('/app/:organization/:flow/sources/:source/remove', changing(app), async (request, reply) => {
    const flow = flowOf(world, request)
    disconnect(flow, sourceOf(world, flow, request))
    return reply.redirect(`${flowPath(world, flow)}/settings`, 303)
  })
}

function sourceOf(world: World, flow: Flow, { params }: FastifyRequest<SourceParams>): Source {
  const source = world.sources.list(flow.id).find(({ id }) => String(id) === params.source)
  if (source) return source
  throw new Refused(404, 'This source does not exist. Another user may have removed it.')
}

function sourceModel(world: World, flow: Flow, source: Source) {
  const { id, name, application, creator, errorMessage, externalUrl, createdAt } = source
  return {
    ...{ id, name, errorMessage, externalUrl },
    ...{ application: application.name, icon: iconPath(application) },
    creator: creator.name,
    created: moment(createdAt, world.clock()),
    configure: configurationUrl(world, flow, source),
  }
}

function applicationModel(world: World, flow: Flow, application: Application) {
  const { name, url } = application
  return { name, url, icon: iconPath(application), setUp: setupUrl(world, flow, application) }
}
