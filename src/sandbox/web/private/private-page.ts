import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { User } from '../../state/types.ts'
import type { World } from '../../world.ts'
import { type EntryModel, privateEntries } from '../conversation.ts'
import { chatLine } from '../flow.ts'
import { changing, field, Refused } from '../forms.ts'
import type { SandboxPage, SandboxWebOptions, ShownFlow } from '../page.ts'
import { privatePath } from '../paths.ts'
import { signedIn } from '../session.ts'

/** `other` is the user to whom the signed-in user writes. */
export type PrivatePageModel = SandboxPage & { other: ShownFlow; entries: EntryModel[] }

declare module '../page.ts' {
  interface Views {
    'people/private': PrivatePageModel
  }
}

type PrivateParams = { Params: { user: string } }

/** The private conversation of the signed-in user with another one. */
export async function privateChat(app: FastifyInstance, options: SandboxWebOptions): Promise<void> {
  const { world, showPage, openPages } = options
  const unsubscribe = world.conversations.changes.subscribe(({ conversation: { users } }) => {
    const [one, other] = users
    openPages.changed(topic(one, other))
  })
  app.addHook('preClose', async () => unsubscribe())

  app.get<PrivateParams>('/app/private/:user', async (request, reply) => {
    const { user, other } = pair(world, request)
    const conversation = world.conversations.find(user, other)
    conversation?.markSeen(user)
    return showPage(request, reply, 'people/private', {
      title: other.name,
      other: { id: `private-${other.id}`, name: other.name, path: privatePath(other) },
      entries: conversation ? privateEntries(world, conversation) : [],
    })
  })

  app.get<PrivateParams>('/app/private/:user/stream', { exposeHeadRoute: false }, async (request, reply) => {
    const { user, other } = pair(world, request)
    openPages.open(reply, [topic(user, other)])
  })

  app.post<PrivateParams>('/app/private/:user/chat', changing(app), async (request, reply) => {
    const { user, other } = pair(world, request)
    world.conversations.send(user, other, { content: chatLine(field(request, 'content')) })
    return reply.redirect(privatePath(other), 303)
  })
}

/** @throws {Refused} for an unknown user, or the signed-in one */
function pair(world: World, request: FastifyRequest<PrivateParams>): { user: User; other: User } {
  const user = signedIn(request, world)
  const other = world.user(Number(request.params.user))
  if (!other) throw new Refused(404, 'This user does not exist.')
  if (other === user) throw new Refused(404, 'A private conversation needs two users. Choose another user.')
  return { user, other }
}

const topic = (one: User, other: User) => `private ${[one.id, other.id].sort((a, b) => a - b).join(' ')}`
