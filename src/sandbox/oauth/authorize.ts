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
  offline_access: 'Do all of this while you are away',
  integration: 'Add itself to your flows and post to their inboxes',
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
    const authorization = readRequest(request.query, world.applications)
    return authorization.refusal
      ? reply.redirect(toCallback(authorization, { error: authorization.refusal }))
      : ask(request, reply, authorization)
  })

  app.post('/oauth/authorize', changing(app), async (request, reply) => {
    const authorization = readRequest(request.body, world.applications)
    if (authorization.refusal) return reply.redirect(toCallback(authorization, { error: authorization.refusal }), 303)
    if (field(request, 'decision') !== 'allow')
      return reply.redirect(toCallback(authorization, { error: 'access_denied' }), 303)
    const user = world.user(Number(field(request, 'user')))
    if (!user) throw new Refused(422, 'Choose a user. Go back and try again.')
    signIn(reply, user, world)
    return reply.redirect(
      toCallback(authorization, { code: grants.agree(user, authorization.application, authorization.scopes) }),
      303,
    )
  })

  async function ask(request: FastifyRequest, reply: FastifyReply, authorization: AuthorizationRequest) {
    const { application, scopes, parameters } = authorization
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
