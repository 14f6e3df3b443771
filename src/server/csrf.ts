import csrfProtection from '@fastify/csrf-protection'
import type { FastifyReply } from 'fastify'
import fastifyPlugin from 'fastify-plugin'
import type { Services } from '../services.ts'
import { cookieName, cookieOptions } from './cookies/cookies.ts'

declare module 'fastify' {
  interface FastifyReply {
    /** Has the browser get a new secret with its next page: forms that are open in it are asked for once more. */
    forgetCsrf(): void
  }
}

/**
 * The protection of forms, by a token that belongs to a signed cookie. While SECRET is replaced, a cookie that the
 * other one signed is signed anew, so that the forms of whoever was here meanwhile are taken when that one is gone.
 */
export const csrf = fastifyPlugin(async (app, { services }: { services: Pick<Services, 'config' | 'secrets'> }) => {
  const name = cookieName(services, 'polldock_csrf')
  const options = { ...cookieOptions(services), signed: true }
  await app.register(csrfProtection, { cookieKey: name, cookieOpts: options })
  app.decorateReply('forgetCsrf', function forgetCsrf(this: FastifyReply) {
    delete this.request.cookies[name]
    this.clearCookie(name, options)
  })
  if (services.secrets.length === 1) return
  app.addHook('onRequest', async (request, reply) => {
    const signed = request.cookies[name]
    if (!signed || request.routeOptions.config.sessionless) return
    const { renew, value } = request.unsignCookie(signed)
    if (renew && value !== null) reply.setCookie(name, value, options)
  })
})
