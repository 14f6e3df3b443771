import type { FastifyInstance, FastifyRequest } from 'fastify'
import { Access } from '../../api/access.ts'
import { type Identity, scopes } from '../../identity.ts'
import type { User } from '../../state/types.ts'
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
  const access = new Access(world, () => undefined)
  const unsubscribe = world.conversations.changes.subscribe(({ conversation: { users } }) => {
    const [one, other] = users
    openPages.changed(topic(one, other))
  })
  app.addHook('preClose', async () => unsubscribe())

  app.get<PrivateParams>('/app/private/:user', async (request, reply) => {
    const { user, other } = pair(request)
    const conversation = world.conversations.find(user, other)
    conversation?.markSeen(user)
    return showPage(request, reply, 'people/private', {
      title: other.name,
      other: { id: `private-${other.id}`, name: other.name, path: privatePath(other) },
      entries: conversation ? privateEntries(world, conversation) : [],
    })
  })

  app.get<PrivateParams>('/app/private/:user/stream', { exposeHeadRoute: false }, async (request, reply) => {
    const { user, other } = pair(request)
    openPages.open(reply, [topic(user, other)])
  })

  app.post<PrivateParams>('/app/private/:user/chat', changing(app), async (request, reply) => {
    const { user, other } = access.privateWriting(request.params.user, identityOf(signedIn(request, world)))
    world.conversations.send(user, other, { content: chatLine(field(request, 'content')) })
    return reply.redirect(privatePath(other), 303)
  })

  /** @throws {Refused | Failure} for the signed-in user, or somebody whom the API does not know */
  function pair(request: FastifyRequest<PrivateParams>): { user: User; other: User } {
    const user = signedIn(request, world)
    if (request.params.user === String(user.id))
      throw new Refused(404, 'A private conversation needs two users. Choose another user.')
    return access.privately(request.params.user, identityOf(user))
  }
}

/** On pages, people may do all that the API can. */
function identityOf(user: User): Identity {
  return { user, scopes: new Set(scopes), application: undefined }
}

const topic = (one: User, other: User) => `private ${[one.id, other.id].sort((a, b) => a - b).join(' ')}`
