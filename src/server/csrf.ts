import csrfProtection from '@fastify/csrf-protection'
import type { FastifyReply } from 'fastify'
import fastifyPlugin from 'fastify-plugin'
import type { Services } from '../services.ts'
import { cookieName, cookieOptions } from './cookies/cookies.ts'

declare module 'fastify' {
  interface FastifyReply {
    /** Gives the browser a new secret with its next page. Forms that are already open must be sent again. */
    forgetCsrf(): void
  }
}

/**
 * CSRF protection: each form holds a token for a signed cookie. While SECRET is rotated, a cookie that the old secret
 * signed is signed again with the new one, so open forms still work after the old secret is gone.
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
