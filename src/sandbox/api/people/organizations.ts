import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { ApiParts } from '../api-parts.ts'
import { forbidden, notFound } from '../failure.ts'
import { filled, parse } from '../inputs.ts'
import { organizationJson, userJson } from '../representation.ts'

type NamedOrganization = { Params: { org: string } }
type OrganizationUser = { Params: { org: string; user: string } }

const find = z.object({ id: filled(20) })
const organizationEdit = z.object({ name: filled(100).optional() })

/**
 * Show and change the organization, and remove its users.
 * | @see https://github.com/flowdock/api-docs/blob/master/docs/organizations.md
 */
export async function organizations(app: FastifyInstance, { world, access }: ApiParts): Promise<void> {
  app.get('/organizations', async (request, reply) => {
    const { user } = access.demand(request, reply, 'flow', 'manage')
    return world.people.members.includes(user) ? [organizationJson(world)] : []
  })

  app.get('/organizations/find', async (request, reply) => {
    const identity = access.demand(request, reply, 'flow', 'manage')
    if (parse(find, request.query).id !== String(world.organization.id)) throw notFound('organization')
    access.organization(world.organization.parameterizedName, identity)
    return organizationJson(world)
  })

  app.get<NamedOrganization>('/organizations/:org', async (request, reply) => {
    access.organization(request.params.org, access.demand(request, reply, 'flow', 'manage'))
    return organizationJson(world)
  })

  app.put<NamedOrganization>('/organizations/:org', async (request, reply) => {
    access.administration(request.params.org, access.demand(request, reply, 'manage'))
    const { name } = parse(organizationEdit, request.body)
    if (name !== undefined) world.people.rename(name)
    return organizationJson(world)
  })

  app.get<NamedOrganization>('/organizations/:org/users', async (request, reply) => {
    access.organization(request.params.org, access.demand(request, reply, 'flow', 'manage'))
    return world.people.members.map((user) => ({ ...userJson(world, user), admin: user.isAdmin }))
  })

  app.delete<OrganizationUser>('/organizations/:org/users/:user', async (request, reply) => {
    access.administration(request.params.org, access.demand(request, reply, 'manage'))
    const user = access.known(request.params.user)
    const { members } = world.people
    if (!user || !members.includes(user)) throw notFound('user in this organization')
    // Not documented: without an administrator, nobody could manage the organization.
    const isLast = members.every((one) => one === user || !one.isAdmin)
    if (isLast) throw forbidden('The last administrator cannot be removed.')
    world.removeFromOrganization(user)
    return reply.code(204).send()
  })
}
