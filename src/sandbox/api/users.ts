import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { World } from '../world.ts'
import type { ApiParts } from './api-parts.ts'
import { notFound } from './failure.ts'
import { filled, parse } from './inputs.ts'
import { organizationJson, userJson } from './representation.ts'

type NamedOrganization = { Params: { org: string } }

const find = z.object({ id: filled(20) })

/** Show the organization and its users. */
export async function users(app: FastifyInstance, { world, access }: ApiParts): Promise<void> {
  app.get('/user', async (request, reply) => userJson(world, access.demand(request, reply, 'profile').user))

  app.get('/users', async (request, reply) => {
    access.demand(request, reply, 'flow', 'manage')
    return world.users.map((user) => userJson(world, user))
  })

  app.get<{ Params: { user: string } }>('/users/:user', async (request, reply) => {
    access.demand(request, reply, 'flow', 'manage')
    const user = world.user(Number(request.params.user))
    if (!user) throw notFound('user')
    return userJson(world, user)
  })

  app.get('/organizations', async (request, reply) => {
    access.demand(request, reply, 'flow', 'manage')
    return [organizationJson(world)]
  })

  app.get('/organizations/find', async (request, reply) => {
    access.demand(request, reply, 'flow', 'manage')
    if (parse(find, request.query).id !== String(world.organization.id)) throw notFound('organization')
    return organizationJson(world)
  })

  app.get<NamedOrganization>('/organizations/:org', async (request, reply) => {
    access.demand(request, reply, 'flow', 'manage')
    demandOrganization(world, request.params.org)
    return organizationJson(world)
  })

  app.get<NamedOrganization>('/organizations/:org/users', async (request, reply) => {
    access.demand(request, reply, 'flow', 'manage')
    demandOrganization(world, request.params.org)
    return world.users.map((user) => ({ ...userJson(world, user), admin: user.isAdmin }))
  })
}

function demandOrganization(world: World, name: string): void {
  if (name !== world.organization.parameterizedName) throw notFound('organization')
}
