import type { FastifyInstance, FastifyRequest } from 'fastify'
import { Refusal } from '../errors.ts'
import { type PersonName, personFrom } from '../people/model/person-name.ts'
import type { Services } from '../services.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The route accepts a change without a token or session. */
    openToAll?: boolean
  }
}

/**
 * Finds the person by their bearer token or session, and refuses a change without one. A change with the session cookie
 * also needs a CSRF token, because browsers send cookies with forged requests, too.
 */
export function identity(app: FastifyInstance, { tokens }: Pick<Services, 'tokens'>): void {
  app.addHook('onRequest', async (request) => {
    const token = bearerToken(request.headers.authorization)
    if (token === undefined) return
    request.session = undefined
    const bearer = token === '' ? undefined : await tokens.find(token)
    request.person = bearer && personFrom(bearer)
    request.isSignedIn = bearer?.isSignedIn ?? false
    if (!bearer) throw new Refusal('unauthenticated', 'This token is unknown or revoked. Create a new one.')
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

/** @returns undefined without a token; '' for a malformed one, which is refused */
function bearerToken(header: string | undefined): string | undefined {
  if (!header || !/^bearer\b/i.test(header)) return undefined
  return /^bearer +([\w.~+/=-]+)$/i.exec(header)?.[1] ?? ''
}

function notSignedIn(): Refusal {
  return new Refusal('unauthenticated', 'Send a token as Authorization: Bearer, or a session cookie.')
}
