import type { FastifyInstance, FastifyRequest } from 'fastify'
import { perform } from '../actions/perform.ts'
import { signRequest } from '../actions/signed-request.ts'
import type { FlowThread, ThreadUpdateAction, User } from '../state/types.ts'
import { flowOf, type ThreadParams, threadOf } from './flow.ts'
import { changing, field, Refused } from './forms.ts'
import type { SandboxWebOptions } from './page.ts'
import { threadPath } from './paths.ts'
import { signedIn } from './session.ts'

/** The action buttons of a thread. Each sends the action's request, then shows the outcome. */
export async function threadActions(app: FastifyInstance, { world, outcomes }: SandboxWebOptions): Promise<void> {
  app.post<ThreadParams>('/app/:organization/:flow/threads/:thread/actions', changing(app), async (request, reply) => {
    const flow = flowOf(world, request)
    const thread = threadOf(flow, request)
    const action = offered(request, thread)
    const { clientSecret } = thread.source.application
    const signed = await signRequest(action, agent(signedIn(request, world)), clientSecret, world.clock())
    const id = outcomes.add({ ...(await perform(signed)), action: action.name })
    return reply.redirect(`${threadPath(world, flow, thread)}?outcome=${id}`, 303)
  })

  function agent(user: User) {
    return { id: String(user.id), name: user.name, image: world.avatar(user), url: world.url(`users/${user.id}`) }
  }
}

/**
 * The action that the button showed, though the thread may have changed since. The form holds it, signed, as in
 * Flowdock.
 */
function offered(request: FastifyRequest<ThreadParams>, thread: FlowThread): ThreadUpdateAction {
  const { valid, value } = request.unsignCookie(field(request, 'offer'))
  const [threadId, ...json] = value?.split(' ') ?? []
  if (!valid || threadId !== thread.id) throw new Refused(422, 'The thread does not have this action. Reload the page.')
  return JSON.parse(json.join(' '))
}
