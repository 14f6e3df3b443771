import type { FastifyInstance } from 'fastify'
import { emailAddress } from '../../api/inputs.ts'
import type { Flow } from '../../state/flow.ts'
import type { User } from '../../state/types.ts'
import type { World } from '../../world.ts'
import { type FlowParams, flowOf } from '../flow.ts'
import { changing, field, Refused } from '../forms.ts'
import { type SandboxPage, type SandboxWebOptions, type ShownFlow, shownFlow } from '../page.ts'
import { avatarPath, flowPath } from '../paths.ts'
import { signedIn } from '../session.ts'

export type PeoplePageModel = SandboxPage & {
  flow: ShownFlow
  users: { name: string; nick: string; email: string; avatar: string; note: string }[]
  invitations: { email: string; path: string }[]
  /** Where others can join without an invitation; undefined if they cannot. */
  joinPath: string | undefined
}

declare module '../page.ts' {
  interface Views {
    'people/flow-people': PeoplePageModel
  }
}

/** The people of a flow, and the open invitations to it. */
export async function flowPeople(app: FastifyInstance, { world, showPage }: SandboxWebOptions): Promise<void> {
  app.get<FlowParams>('/app/:organization/:flow/people', async (request, reply) => {
    const flow = flowOf(world, request)
    return showPage(request, reply, 'people/flow-people', {
      title: `People of ${flow.name}`,
      flow: shownFlow(world, flow),
      users: [...flow.members, ...flow.blocked].map((user) => userModel(flow, user)),
      invitations: world.invitations
        .pending(flow)
        .map(({ email, token }) => ({ email, path: `/invitations/${token}` })),
      joinPath: flow.joinToken && `/invitations/${flow.joinToken}`,
    })
  })

  app.post<FlowParams>('/app/:organization/:flow/people', changing(app), async (request, reply) => {
    const flow = flowOf(world, request)
    world.invitations.invite(flow, signedIn(request, world), newAddress(world, flow, field(request, 'email')), null)
    return reply.redirect(`${flowPath(world, flow)}/people`, 303)
  })
}

function newAddress(world: World, flow: Flow, typed: string): string {
  const { data: email } = emailAddress.safeParse(typed)
  if (email === undefined) throw new Refused(422, 'This is no email address. Go back and correct it.')
  const user = world.people.withEmail(email)
  if (user && flow.has(user)) throw new Refused(422, `${user.name} is already in this flow.`)
  if (user && flow.isBlocked(user)) throw new Refused(422, `${user.name} is blocked from this flow.`)
  return email
}

function userModel(flow: Flow, user: User) {
  const { name, nick, email, isAdmin } = user
  const note = flow.isBlocked(user) ? 'blocked' : isAdmin ? 'administrator' : ''
  return { name, nick, email, avatar: avatarPath(user), note }
}
