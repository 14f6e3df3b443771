import type { FastifyInstance, FastifyRequest } from 'fastify'
import { emailAddress } from '../../api/inputs.ts'
import type { Flow } from '../../state/flow.ts'
import type { Invitation } from '../../state/people/invitations.ts'
import { join } from '../../state/people/membership.ts'
import type { User } from '../../state/types.ts'
import type { World } from '../../world.ts'
import { changing, field, Refused } from '../forms.ts'
import type { SandboxPage, SandboxWebOptions } from '../page.ts'
import { flowPath } from '../paths.ts'
import { signedIn, signIn } from '../session.ts'

export type InvitationPageModel = SandboxPage & {
  flowName: string
  path: string
  /** Of the invitation, if it is not the link of the flow. */
  message: string | null
  /** The existing user who can join. */
  user: string | undefined
  /** A new user: the address is fixed if the invitation was sent to it. */
  newUser: { email: string; isFixed: boolean } | undefined
}

declare module '../page.ts' {
  interface Views {
    'people/invitation': InvitationPageModel
  }
}

type TokenPath = { Params: { token: string } }
/** An invitation for one address, or the link of a flow that is open to others. */
type Invited = { flow: Flow; invitation: Invitation | undefined }

const maxNameLength = 100

/** Where people join a flow, by an invitation or by the flow's link. In Flowdock, a mail has the address of the page. */
export async function invitationPage(app: FastifyInstance, { world, showPage }: SandboxWebOptions): Promise<void> {
  app.get<TokenPath>('/invitations/:token', async (request, reply) => {
    const invited = invitedBy(world, request)
    const { flow, invitation } = invited
    const user = existing(world, request, invited)
    const newUser = { email: invitation?.email ?? '', isFixed: invitation !== undefined }
    return showPage(request, reply, 'people/invitation', {
      title: `Join ${flow.name}`,
      flowName: flow.name,
      path: `/invitations/${request.params.token}`,
      message: invitation?.message ?? null,
      user: user?.name,
      newUser: user && invitation ? undefined : newUser,
    })
  })

  app.post<TokenPath>('/invitations/:token', changing(app), async (request, reply) => {
    const invited = invitedBy(world, request)
    const { flow, invitation } = invited
    const isNew = field(request, 'as') === 'new'
    const user = isNew ? create(world, request, invited) : existing(world, request, invited)
    if (!user) throw new Refused(422, 'You are in this flow already, or cannot join it.')
    world.people.enter(user)
    if (invitation) world.invitations.accept(flow, invitation, user)
    else join(flow, user)
    signIn(reply, user, world)
    return reply.redirect(flowPath(world, flow), 303)
  })
}

/** @throws {Refused} for an unknown or used link */
function invitedBy(world: World, { params: { token } }: FastifyRequest<TokenPath>): Invited {
  const invitation = world.invitations.withToken(token)
  const flow = invitation ? world.flow(invitation.flowId) : world.flows.find(({ joinToken }) => joinToken === token)
  if (flow && !flow.isDisabled && !invitation?.isAccepted) return { flow, invitation }
  throw new Refused(404, 'This invitation does not exist. It may have been accepted or cancelled.')
}

/** The user with the address of the invitation, or the one who is signed in. Undefined if the user cannot join. */
function existing(world: World, request: FastifyRequest, { flow, invitation }: Invited): User | undefined {
  const user = invitation ? world.people.withEmail(invitation.email) : signedIn(request, world)
  return user && !flow.has(user) && !flow.isBlocked(user) ? user : undefined
}

/** @throws {Refused} if the name or the address is missing, or somebody has the address */
function create({ people }: World, request: FastifyRequest, { invitation }: Invited): User {
  const name = field(request, 'name').toWellFormed()
  const { data: email } = emailAddress.safeParse(invitation?.email ?? field(request, 'email'))
  if (name === '' || name.length > maxNameLength)
    throw new Refused(422, `Type a name of at most ${maxNameLength} characters.`)
  if (email === undefined) throw new Refused(422, 'Type an email address, such as ann@example.com.')
  if (people.withEmail(email))
    throw new Refused(422, 'Somebody has this email address already. Switch to that user first.')
  if (people.isFull) throw new Refused(422, 'The sandbox has as many users as it keeps. Join as one of them.')
  return people.create({ name, email })
}
