import type { FastifyInstance, FastifyRequest } from 'fastify'
import { Refusal } from '../errors.ts'
import { type PersonName, personFrom } from '../people/model/person-name.ts'
import type { Services } from '../services.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Whether this change can be asked for by somebody who is not known. */
    openToAll?: boolean
  }
}

/**
 * Recognises the bearer of a token, and lets changes through only for people who are known. A cookie is sent along by
 * browsers whoever made the request, so it alone counts only with a CSRF token; a token is sent on purpose.
 */
export function identity(app: FastifyInstance, { tokens }: Pick<Services, 'tokens'>): void {
  app.addHook('onRequest', async (request) => {
    const token = bearerToken(request.headers.authorization)
    if (token === undefined) return
    request.session = undefined
    const bearer = token === '' ? undefined : await tokens.find(token)
    request.person = bearer && personFrom(bearer)
    request.isSignedIn = bearer?.isSignedIn ?? false
    if (!bearer) throw new Refusal('unauthenticated', 'This token is unknown, or was revoked.')
  })
  app.addHook('onRequest', (request, reply, done) => {
    if (!isChange(request)) return done()
    if (!request.person) return done(notSignedIn())
    if (!request.session) return done()
    app.csrfProtection(request, reply, done)
  })
}

/** @throws {Refusal} `unauthenticated` */
export function signedIn({ person }: FastifyRequest): PersonName {
  if (!person) throw notSignedIn()
  return person
}

function isChange({ method, is404, routeOptions }: FastifyRequest): boolean {
  return !is404 && !['GET', 'HEAD', 'OPTIONS'].includes(method) && !routeOptions.config.openToAll
}

/** Undefined without one; empty for a malformed one, which is not the same as none. */
function bearerToken(header: string | undefined): string | undefined {
  if (!header || !/^bearer\b/i.test(header)) return undefined
  return /^bearer +([\w.~+/=-]+)$/i.exec(header)?.[1] ?? ''
}

function notSignedIn(): Refusal {
  return new Refusal('unauthenticated', 'Send a token as Authorization: Bearer, or a session cookie.')
}
