import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { Identity } from '../../identity.ts'
import type { Flow } from '../../state/flow.ts'
import type { Invitation } from '../../state/people/invitations.ts'
import { addUser } from '../../state/people/membership.ts'
import type { User } from '../../state/types.ts'
import type { World } from '../../world.ts'
import type { FlowPath } from '../access.ts'
import type { ApiParts } from '../api-parts.ts'
import { forbidden, notFound, validationError } from '../failure.ts'
import { emailAddress, filled, optional, parse, text } from '../inputs.ts'
import { memberJson } from '../representation.ts'
import { readAddressList } from './address-list.ts'

type InvitationPath = { Params: FlowPath & { invitation: string } }

const message = optional(text(2_000))
const newInvitation = z.object({ email: emailAddress, message })
const newInvitations = z.object({ list: filled(20_000), message })

/** As many at a time. */
const maxAddresses = 100
const url = '/flows/:org/:flow/invitations'

/**
 * List, create, import and delete invitations to a flow. No request to accept one is documented: people accept on a page.
 * | @see https://github.com/flowdock/api-docs/blob/master/docs/invitations.md
 */
export async function invitations(app: FastifyInstance, { world, access }: ApiParts): Promise<void> {
  app.get<{ Params: FlowPath }>(url, async (request, reply) => {
    const flow = access.flow(request.params, access.demand(request, reply, 'flow', 'manage'))
    return world.invitations.pending(flow).map((invitation) => invitationJson(world, flow, invitation))
  })

  app.post<{ Params: FlowPath }>(url, async (request, reply) => {
    const identity = access.demand(request, reply, 'manage')
    const flow = access.flow(request.params, identity)
    const { email, message } = parse(newInvitation, request.body)
    const problem = problemWith(flow, world.people.withEmail(email))
    if (problem) throw validationError({ email: [problem] })
    const invitation = world.invitations.invite(flow, identity.user, email, message)
    return reply.code(201).send(invitationJson(world, flow, invitation))
  })

  app.post<{ Params: FlowPath }>(`${url}/import`, async (request, reply) => {
    const identity = access.demand(request, reply, 'manage')
    const flow = access.flow(request.params, identity)
    const { list, message } = parse(newInvitations, request.body)
    const addresses = readAddressList(list)
    if (addresses.length > maxAddresses)
      throw validationError({ list: [`is too long (maximum is ${maxAddresses} addresses)`] })
    return importInto(flow, identity.user, addresses, message)
  })

  app.get<InvitationPath>(`${url}/:invitation`, async (request, reply) => {
    const { flow, invitation } = found(request.params, access.demand(request, reply, 'flow', 'manage'))
    return invitationJson(world, flow, invitation)
  })

  app.delete<InvitationPath>(`${url}/:invitation`, async (request, reply) => {
    const identity = access.demand(request, reply, 'manage')
    const { flow, invitation } = found(request.params, identity)
    if (invitation.isAccepted) throw forbidden('This invitation was accepted. Only pending ones can be deleted.')
    world.invitations.remove(flow, invitation, identity.user)
    return reply.code(204).send()
  })

  /**
   * The invitation for a member of its flow, or for the invited user, who is not in the flow yet.
   * | @throws {Failure} 404 for an unknown flow or invitation, 403 if the flow is not the user's
   */
  function found(path: InvitationPath['Params'], identity: Identity) {
    const flow = world.flowNamed(path.org, path.flow)
    const id = /^\d{1,10}$/.test(path.invitation) ? Number(path.invitation) : undefined
    const invitation = flow && !flow.isDisabled && id !== undefined ? world.invitations.get(flow, id) : undefined
    const isInvited = invitation?.email.toLowerCase() === identity.user.email.toLowerCase()
    if (!isInvited) access.flow(path, identity)
    if (!flow || !invitation) throw notFound('invitation')
    return { flow, invitation }
  }

  /** Users of the organization are added at once. Everybody else gets an invitation. */
  function importInto(flow: Flow, by: User, addresses: readonly string[], message: string | null) {
    const created: Invitation[] = []
    const added: User[] = []
    const erroneous: Record<string, string>[] = []
    for (const address of addresses) {
      const { data: email } = emailAddress.safeParse(address)
      const user = email === undefined ? undefined : world.people.withEmail(email)
      const problem = problemWith(flow, user)
      if (email === undefined) erroneous.push({ [address]: 'Invalid email' })
      else if (problem) erroneous.push({ [address]: problem })
      else if (user && world.people.members.includes(user)) {
        addUser(flow, by, user)
        added.push(user)
      } else created.push(world.invitations.invite(flow, by, email, message))
    }
    return {
      invitations: created.map((invitation) => invitationJson(world, flow, invitation)),
      added_users: added.map((user) => memberJson(world, flow, user)),
      erroneous_emails: erroneous,
    }
  }
}

function problemWith(flow: Flow, user: User | undefined): string | undefined {
  if (!user) return
  if (flow.isBlocked(user)) return 'is blocked from the flow'
  return flow.has(user) ? 'is already in the flow' : undefined
}

function invitationJson(world: World, flow: Flow, { id, isAccepted, email }: Invitation) {
  const state = isAccepted ? 'accepted' : 'pending'
  return { id, state, email, flow: flow.id, url: `${world.flowUrl(flow)}/invitations/${id}` }
}
