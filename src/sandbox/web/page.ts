import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Faults } from '../faults/faults.ts'
import type { World } from '../world.ts'
import { assetUrls } from './assets.ts'
import { avatarPath, flowPath } from './paths.ts'
import { signedIn } from './session.ts'

export type PageModel = { title: string } & Record<string, unknown>

/** Answers with a page: what `views/<view>.eta` makes of the model, in the frame that all pages share. */
export type ShowPage = (
  request: FastifyRequest,
  reply: FastifyReply,
  view: string,
  model: PageModel,
) => Promise<FastifyReply>

export function pages(world: World, faults: Faults): ShowPage {
  return async (request, reply, view, model) => {
    const user = signedIn(request, world)
    const page = {
      title: model.title,
      assets: assetUrls,
      csrf: reply.generateCsrf(),
      path: request.url,
      organization: world.organization.name,
      user: { name: user.name, avatar: avatarPath(user) },
      users: world.users.map((one) => ({ id: one.id, name: one.name, avatar: avatarPath(one), isMe: one === user })),
      flows: world.flows
        .filter(({ members }) => members.includes(user))
        .map((flow) => ({ id: flow.id, name: flow.name, path: flowPath(world, flow) })),
      faults: faults.list().length,
    }
    reply.header('cache-control', 'no-store').type('text/html; charset=utf-8')
    return reply.view(view, { ...model, page })
  }
}
