import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Scope } from '../identity.ts'
import { changing, field, Refused } from '../web/forms.ts'
import type { SandboxPage, SandboxWebOptions } from '../web/page.ts'
import { iconPath } from '../web/paths.ts'
import { signIn } from '../web/session.ts'
import { type AuthorizationRequest, readRequest, toCallback } from './authorization-request.ts'

const meanings: Record<Scope, string> = {
  flow: 'Read and send messages to your flows',
  private: 'Read and send private messages',
  manage: 'Manage flows, the organization and its people',
  profile: 'Read your profile',
  offline_access: 'Do all this while you are away',
  integration: 'Connect itself to your flows, to post into their inboxes',
}

export type AuthorizePageModel = SandboxPage & {
  application: { name: string; icon: string }
  callback: string
  scopes: { name: Scope; meaning: string }[]
  parameters: AuthorizationRequest['parameters']
}

declare module '../web/page.ts' {
  interface Views {
    authorize: AuthorizePageModel
  }
}

/** `/oauth/authorize`: the page on which a user allows or denies an application's access. */
export async function authorize(app: FastifyInstance, { world, grants, showPage }: SandboxWebOptions): Promise<void> {
  app.get('/oauth/authorize', async (request, reply) => {
    const asked = readRequest(request.query, world.applications)
    return asked.refusal ? reply.redirect(toCallback(asked, { error: asked.refusal })) : ask(request, reply, asked)
  })

  app.post('/oauth/authorize', changing(app), async (request, reply) => {
    const asked = readRequest(request.body, world.applications)
    if (asked.refusal) return reply.redirect(toCallback(asked, { error: asked.refusal }), 303)
    if (field(request, 'decision') !== 'allow')
      return reply.redirect(toCallback(asked, { error: 'access_denied' }), 303)
    const user = world.user(Number(field(request, 'user')))
    if (!user) throw new Refused(422, 'Choose who you are. Go back and try again.')
    signIn(reply, user, world)
    return reply.redirect(toCallback(asked, { code: grants.agree(user, asked.application, asked.scopes) }), 303)
  })

  async function ask(request: FastifyRequest, reply: FastifyReply, asked: AuthorizationRequest) {
    const { application, scopes, parameters } = asked
    allowRedirect(reply, application.callbackUri)
    return showPage(request, reply, 'authorize', {
      title: `${application.name} asks for access`,
      application: { name: application.name, icon: iconPath(application) },
      callback: new URL(application.callbackUri).host,
      scopes: [...scopes].map((name) => ({ name, meaning: meanings[name] })),
      parameters,
    })
  }
}

/** Browsers apply `form-action` to the redirect after a form, too. */
function allowRedirect(reply: FastifyReply, callbackUri: string): void {
  const policy = String(reply.getHeader('content-security-policy'))
  const { origin } = new URL(callbackUri)
  reply.header('content-security-policy', policy.replace(/form-action [^;]*/, `form-action 'self' ${origin}`))
}
