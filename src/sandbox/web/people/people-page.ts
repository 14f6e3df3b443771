import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { emailAddress } from '../../api/inputs.ts'
import type { Flow } from '../../state/flow.ts'
import type { User } from '../../state/types.ts'
import type { World } from '../../world.ts'
import { type FlowParams, flowOf } from '../flow.ts'
import { changing, field } from '../forms.ts'
import { type SandboxPage, type SandboxWebOptions, type ShownFlow, shownFlow } from '../page.ts'
import { avatarPath, flowPath } from '../paths.ts'
import { signedIn } from '../session.ts'

export type PeoplePageModel = SandboxPage & {
  flow: ShownFlow
  users: { name: string; nick: string; email: string; avatar: string; note: string }[]
  invitations: { email: string; path: string }[]
  /** Where others can join without an invitation; undefined if they cannot. */
  joinPath: string | undefined
  typed: InvitedAddress
  errors: Partial<InvitedAddress>
}

type InvitedAddress = { email: string }
type InvitationForm = Pick<PeoplePageModel, 'typed' | 'errors'>

declare module '../page.ts' {
  interface Views {
    'people/flow-people': PeoplePageModel
  }
}

/** The people of a flow, and the open invitations to it. */
export async function flowPeople(app: FastifyInstance, { world, showPage }: SandboxWebOptions): Promise<void> {
  app.get<FlowParams>('/app/:organization/:flow/people', async (request, reply) =>
    show(request, reply, flowOf(world, request), { typed: { email: '' }, errors: {} }),
  )

  app.post<FlowParams>('/app/:organization/:flow/people', changing(app), async (request, reply) => {
    const flow = flowOf(world, request)
    const read = readForm(world, flow, request)
    if ('errors' in read) return show(request, reply.code(422), flow, read)
    world.invitations.invite(flow, signedIn(request, world), read.email, null)
    return reply.redirect(`${flowPath(world, flow)}/people`, 303)
  })

  function show(request: FastifyRequest, reply: FastifyReply, flow: Flow, form: InvitationForm) {
    return showPage(request, reply, 'people/flow-people', {
      title: `People of ${flow.name}`,
      flow: shownFlow(world, flow),
      users: [...flow.members, ...flow.blocked].map((user) => userModel(flow, user)),
      invitations: world.invitations
        .pending(flow)
        .map(({ email, token }) => ({ email, path: `/invitations/${token}` })),
      joinPath: flow.joinToken && `/invitations/${flow.joinToken}`,
      ...form,
    })
  }
}

function readForm(world: World, flow: Flow, request: FastifyRequest): InvitedAddress | InvitationForm {
  const typed = { email: field(request, 'email') }
  const { data: email } = emailAddress.safeParse(typed.email)
  if (email === undefined) return { typed, errors: { email: 'This is no email address. Correct it.' } }
  const problem = problemOf(flow, world.people.withEmail(email))
  return problem ? { typed, errors: { email: problem } } : { email }
}

/** Why the user cannot be invited. */
function problemOf(flow: Flow, user: User | undefined): string | undefined {
  if (user && flow.has(user)) return `${user.name} is already in this flow.`
  if (user && flow.isBlocked(user)) return `${user.name} is blocked from this flow.`
}

function userModel(flow: Flow, user: User) {
  const { name, nick, email, isAdmin } = user
  const note = flow.isBlocked(user) ? 'blocked' : isAdmin ? 'administrator' : ''
  return { name, nick, email, avatar: avatarPath(user), note }
}
