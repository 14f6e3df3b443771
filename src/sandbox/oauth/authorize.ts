import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Scope } from '../identity.ts'
import { outOfBand } from '../state/types.ts'
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
  /** The host that the person returns to; undefined if the sandbox shows the code. */
  callback: string | undefined
  scopes: { name: Scope; meaning: string }[]
  parameters: AuthorizationRequest['parameters']
}

export type CodePageModel = SandboxPage & { application: string; code: string }

declare module '../web/page.ts' {
  interface Views {
    authorize: AuthorizePageModel
    code: CodePageModel
  }
}

/** `/oauth/authorize`: the page on which a user allows or denies an application's access. */
export async function authorize(app: FastifyInstance, { world, grants, showPage }: SandboxWebOptions): Promise<void> {
  app.get('/oauth/authorize', async (request, reply) => {
    const authorization = readRequest(request.query, world.applications)
    return authorization.refusal
      ? finish(reply, authorization, { error: authorization.refusal }, 302)
      : ask(request, reply, authorization)
  })

  app.post('/oauth/authorize', changing(app), async (request, reply) => {
    const authorization = readRequest(request.body, world.applications)
    if (authorization.refusal) return finish(reply, authorization, { error: authorization.refusal })
    if (field(request, 'decision') !== 'allow') return finish(reply, authorization, { error: 'access_denied' })
    const user = world.user(Number(field(request, 'user')))
    if (!user) throw new Refused(422, 'Choose a user. Go back and try again.')
    signIn(reply, user, world)
    const code = grants.agree(user, authorization.application, authorization.scopes)
    return finish(reply, authorization, { code })
  })

  app.get<{ Params: { code: string } }>('/oauth/authorize/:code', async (request, reply) => {
    const { code } = request.params
    const application = grants.applicationOf(code)
    if (!application)
      throw new Refused(404, 'This code was used before, or has expired. Start again in the application.')
    return showPage(request, reply, 'code', {
      title: `Code for ${application.name}`,
      application: application.name,
      code,
    })
  })

  async function ask(request: FastifyRequest, reply: FastifyReply, authorization: AuthorizationRequest) {
    const { application, scopes, parameters } = authorization
    allowRedirect(reply, application.callbackUri)
    return showPage(request, reply, 'authorize', {
      title: `${application.name} asks for access`,
      application: { name: application.name, icon: iconPath(application) },
      callback: application.callbackUri === outOfBand ? undefined : new URL(application.callbackUri).host,
      scopes: [...scopes].map((name) => ({ name, meaning: meanings[name] })),
      parameters,
    })
  }
}

/**
 * Sends the result to the application's callback. A program without one gets the code from the person, who reads it from a page.
 * | @see https://github.com/flowdock/api-docs/blob/master/docs/authentication.md#redirect-uri
 */
function finish(
  reply: FastifyReply,
  authorization: AuthorizationRequest,
  answer: { code: string } | { error: string },
  status = 303,
): FastifyReply {
  const { name, callbackUri } = authorization.application
  if (callbackUri !== outOfBand) return reply.redirect(toCallback(authorization, answer), status)
  if ('code' in answer) return reply.redirect(`/oauth/authorize/${answer.code}`, status)
  if (answer.error === 'access_denied') throw new Refused(403, `${name} got no access. You can close this page.`)
  throw new Refused(400, `${name} asked for access in a way that the sandbox does not know: ${answer.error}.`)
}

/** Browsers apply `form-action` to the redirect after a form, too. */
function allowRedirect(reply: FastifyReply, callbackUri: string): void {
  if (callbackUri === outOfBand) return
  const policy = String(reply.getHeader('content-security-policy'))
  const { origin } = new URL(callbackUri)
  reply.header('content-security-policy', policy.replace(/form-action [^;]*/, `form-action 'self' ${origin}`))
}
