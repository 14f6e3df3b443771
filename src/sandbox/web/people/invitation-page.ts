import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
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
  newUser: (NewUserForm & { isFixed: boolean }) | undefined
}

type NewUser = { name: string; email: string }
type NewUserForm = { typed: NewUser; errors: Partial<NewUser> }

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
  app.get<TokenPath>('/invitations/:token', async (request, reply) => show(request, reply, invitedBy(world, request)))

  app.post<TokenPath>('/invitations/:token', changing(app), async (request, reply) => {
    const invited = invitedBy(world, request)
    if (field(request, 'as') !== 'new') return enter(reply, invited, existing(world, request, invited))
    const read = readForm(world, request, invited)
    if ('errors' in read) return show(request, reply.code(422), invited, read)
    return enter(reply, invited, create(world, read))
  })

  function show(request: FastifyRequest<TokenPath>, reply: FastifyReply, invited: Invited, sent?: NewUserForm) {
    const { flow, invitation } = invited
    const user = existing(world, request, invited)
    const form = sent ?? (user && invitation ? undefined : empty(invited))
    return showPage(request, reply, 'people/invitation', {
      title: `Join ${flow.name}`,
      flowName: flow.name,
      path: `/invitations/${request.params.token}`,
      message: invitation?.message ?? null,
      user: user?.name,
      newUser: form && { ...form, isFixed: invitation !== undefined },
    })
  }

  function enter(reply: FastifyReply, { flow, invitation }: Invited, user: User | undefined) {
    if (!user) throw new Refused(422, 'You are in this flow already, or cannot join it.')
    world.people.enter(user)
    if (invitation) world.invitations.accept(flow, invitation, user)
    else join(flow, user)
    signIn(reply, user, world)
    return reply.redirect(flowPath(world, flow), 303)
  }
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

function empty({ invitation }: Invited): NewUserForm {
  return { typed: { name: '', email: invitation?.email ?? '' }, errors: {} }
}

function readForm({ people }: World, request: FastifyRequest, { invitation }: Invited): NewUser | NewUserForm {
  const typed = { name: field(request, 'name'), email: invitation?.email ?? field(request, 'email') }
  const name = typed.name.toWellFormed()
  const { data: email } = emailAddress.safeParse(typed.email)
  const errors: NewUserForm['errors'] = {}
  if (name === '' || name.length > maxNameLength) errors.name = `Type a name of at most ${maxNameLength} characters.`
  if (email === undefined) errors.email = 'Type an email address, such as ann@example.com.'
  else if (people.withEmail(email)) errors.email = 'Somebody has this email address already. Switch to that user first.'
  return email === undefined || errors.name || errors.email ? { typed, errors } : { name, email }
}

/** @throws {Refused} if there is no room for another user */
function create({ people }: World, user: NewUser): User {
  if (people.isFull) throw new Refused(422, 'The sandbox has as many users as it keeps. Join as one of them.')
  return people.create(user)
}
